# The sections, and the semantics whose factors they process.
python:
	: http://if.fault.io/factors/python
meta:
	: http://if.fault.io/factors/meta
host:
	: http://if.fault.io/factors/system
