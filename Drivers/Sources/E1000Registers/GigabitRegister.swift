public import DriverKit

/// The registers that lie at the same place, under the same name, in every chip of the family: what the shared part of its
/// drivers speaks of. A register map that has these cases has nothing more to do.
public protocol GigabitRegister: RegisterMap {
    // General, interrupts.
    static var ctrl: Self { get }
    static var status: Self { get }
    static var eerd: Self { get }
    static var mdic: Self { get }
    static var fcal: Self { get }
    static var fcah: Self { get }
    static var fct: Self { get }
    static var fcttv: Self { get }
    static var pba: Self { get }
    static var icr: Self { get }
    static var itr: Self { get }
    static var ims: Self { get }
    static var imc: Self { get }
    // Receive; the ring's registers are arrays where there are several queues.
    static var rctl: Self { get }
    static var fcrtl: Self { get }
    static var fcrth: Self { get }
    static var rdbal: Self { get }
    static var rdbah: Self { get }
    static var rdlen: Self { get }
    static var rdh: Self { get }
    static var rdt: Self { get }
    static var rdtr: Self { get }
    static var radv: Self { get }
    static var rxcsum: Self { get }
    // Transmit.
    static var tctl: Self { get }
    static var tipg: Self { get }
    static var tdbal: Self { get }
    static var tdbah: Self { get }
    static var tdlen: Self { get }
    static var tdh: Self { get }
    static var tdt: Self { get }
    static var tidv: Self { get }
    static var tadv: Self { get }
    // Filters.
    static var mta: Self { get }
    static var ral: Self { get }
    static var rah: Self { get }
    static var vfta: Self { get }
    // Counters.
    static var crcerrs: Self { get }
    static var algnerrc: Self { get }
    static var rxerrc: Self { get }
    static var mpc: Self { get }
    static var scc: Self { get }
    static var ecol: Self { get }
    static var mcc: Self { get }
    static var latecol: Self { get }
    static var dc: Self { get }
    static var tncrs: Self { get }
    static var rlec: Self { get }
    static var gprc: Self { get }
    static var bprc: Self { get }
    static var mprc: Self { get }
    static var gptc: Self { get }
    static var gorcl: Self { get }
    static var gorch: Self { get }
    static var gotcl: Self { get }
    static var gotch: Self { get }
    static var rnbc: Self { get }
    static var ruc: Self { get }
    static var rfc: Self { get }
    static var roc: Self { get }
    static var rjc: Self { get }
    static var mptc: Self { get }
    static var bptc: Self { get }

    /// Octets of the register region that a driver touches.
    static var regionLength: UInt32 { get }
}

extension E1000Register: GigabitRegister {}
