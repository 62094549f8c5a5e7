import CDriver
import DriverE1000

func imageTable() -> UnsafePointer<drydock_driver> { unsafe driverEntry()! }
