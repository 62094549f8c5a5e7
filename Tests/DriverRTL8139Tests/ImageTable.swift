import CDriver
import DriverRTL8139

func imageTable() -> UnsafePointer<drydock_driver> { unsafe driverEntry()! }
