import CDriver
import DriverPCnet

func imageTable() -> UnsafePointer<drydock_driver> { unsafe driverEntry()! }
