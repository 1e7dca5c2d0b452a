http://if.fault.io/factors/system.library
.include
.mathematics
