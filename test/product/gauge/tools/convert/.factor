http://if.fault.io/factors/system.executable
.needs
