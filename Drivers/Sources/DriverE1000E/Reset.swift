import DriverIntel
public import DriverKit
public import E1000ERegisters

extension Chip82574 {
    /// No new requests on the bus, so that the reset cuts none in two; then the MDI is ours, which firmware has after a reset.
    /// 82574 §3.1.3.10 (master disable), §4.5 (reset)
    public static func beforeReset(_ services: Services, _ io: RegisterAccess<E1000ERegister>) throws(DriverFailure) {
        let disable = I82574.CTRL().gioMasterDisable, busy = I82574.STATUS().gioMasterEnable
        io.write(.ctrl, io.read(.ctrl) | disable.mask)
        do throws(DriverFailure) {
            try services.settle("STATUS.GIO_MASTER_ENABLE_STATUS", within: 80_000, step: 100) { () throws(DriverFailure) in
                let status = io.read(.status)
                guard status != .max else { throw .gone }
                return !busy.isSet(status)
            }
        } catch .timedOut {
            // A request hangs on the bus: the reset must come all the same, and ends it.
            services.log(.warning) { $0.text("e1000e: requests were still on the bus after 80 ms; resetting nevertheless") }
        } catch { throw error }
        try acquireMDI(services, io)
    }

    /// The NVM has been read again, and the PHY configured from it. 82574 §4.5, §10.2.2 (EEC.AUTO_RD)
    public static func afterReset(_ services: Services, _ io: RegisterAccess<E1000ERegister>) throws(DriverFailure) {
        releaseMDI(io)
        try services.settle("EEC.AUTO_RD", within: 10_000) { () throws(DriverFailure) in
            let eec = io.read(.eec)
            guard eec != .max else { throw .gone }
            return I82574.EEC().autoRD.isSet(eec)
        }
        // No bit tells when the PHY is done; the data sheet gives it 20 ms at most.
        services.delay(microseconds: 20_000)
    }

    /// Software's semaphore (reading it as zero takes it), then the MDI against firmware. 82574 §3.3.4, §10.2.3 (SWSM)
    ///
    /// The device has one driver, so a semaphore that stays taken belongs to one that is dead: it is freed, once, and asked
    /// for again.
    public static func acquirePHY(_ services: Services, _ io: RegisterAccess<E1000ERegister>) throws(DriverFailure) {
        do throws(DriverFailure) { try acquireSemaphore(services, io) } catch .timedOut {
            services.log(.notice) { $0.text("e1000e: SWSM.SMBI was left taken by a driver before; freed") }
            releaseSemaphore(io)
            try acquireSemaphore(services, io)
        } catch { throw error }
        do throws(DriverFailure) { try acquireMDI(services, io) } catch {
            releaseSemaphore(io)
            throw error
        }
    }

    private static func acquireSemaphore(_ services: Services, _ io: RegisterAccess<E1000ERegister>) throws(DriverFailure) {
        try services.settle("SWSM.SMBI", within: 10_000, step: 50) { () throws(DriverFailure) in
            let swsm = io.read(.swsm)
            guard swsm != .max else { throw .gone }
            return !I82574.SWSM().smbi.isSet(swsm)
        }
    }

    public static func releasePHY(_ io: RegisterAccess<E1000ERegister>) {
        releaseMDI(io)
        releaseSemaphore(io)
    }

    /// 82574 §10.2.2 (EXTCNF_CTRL)
    private static func acquireMDI(_ services: Services, _ io: RegisterAccess<E1000ERegister>) throws(DriverFailure) {
        let ours = I82574.EXTCNF_CTRL().mdioSW
        try services.settle("EXTCNF_CTRL.MDIO_SW_OWNERSHIP", within: 10_000, step: 50) { () throws(DriverFailure) in
            io.write(.extcnfCtrl, io.read(.extcnfCtrl) | ours.mask)
            let control = io.read(.extcnfCtrl)
            guard control != .max else { throw .gone }
            return ours.isSet(control)
        }
    }

    private static func releaseMDI(_ io: RegisterAccess<E1000ERegister>) {
        io.write(.extcnfCtrl, I82574.EXTCNF_CTRL().mdioSW.replacing(io.read(.extcnfCtrl), with: 0))
    }
    private static func releaseSemaphore(_ io: RegisterAccess<E1000ERegister>) {
        io.write(.swsm, I82574.SWSM().smbi.replacing(io.read(.swsm), with: 0))
    }
}
