import CDriver
import DriverE1000E

func imageTable() -> UnsafePointer<drydock_driver> { unsafe driverEntry()! }
