http://if.fault.io/factors/system.archive
.include
