http://if.fault.io/factors/system.extension
..core.needs
