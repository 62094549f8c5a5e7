package import Symbols

/// What a shell looks at: a process that runs, one that has died, or a test's few octets.
///
/// Everything that is not on the line itself comes through here, so that a core answers as its process did.
package protocol Target {
    /// - Throws: `.notMapped`, unless all `octets` are there.
    mutating func read(_ address: UInt64, _ octets: Int) throws(ShellError) -> [UInt8]
    /// - Throws: `.notWritable` or `.notMapped`; then nothing was written.
    mutating func write(_ address: UInt64, _ octets: [UInt8]) throws(ShellError)
    /// Memory of the target's for a string or a new symbol, for as long as the session lasts.
    mutating func place(_ octets: [UInt8]) throws(ShellError) -> UInt64
    /// Runs a function of the target's; at most ten arguments.
    mutating func call(_ function: UInt64, _ arguments: [Argument]) throws(ShellError) -> Returned

    func symbol(_ name: String) -> TargetSymbol?
    /// The symbol that an address lies in, or shortly behind.
    func symbol(at address: UInt64) -> (name: String, offset: UInt64)?
    /// - Parameter tag: `struct`, `union` or `enum`; nil: a typedef, or a class.
    func type(_ tag: String?, _ name: String) -> CType?
    /// For suggestions.
    var symbolNames: [String] { get }
    var typeNames: [String] { get }
}

package struct TargetSymbol: Equatable {
    package var name: String, address: UInt64
    /// nil: the symbol table alone knows it.
    package var type: CType?
    /// Octets, by the symbol table; 0: not said.
    package var octets: Int
    package var isFunction: Bool
    package init(_ name: String, _ address: UInt64, type: CType? = nil, octets: Int = 0, isFunction: Bool = false) {
        (self.name, self.address, self.type, self.octets, self.isFunction) = (name, address, type, octets, isFunction)
    }
}

/// What goes to a function: the kinds travel in registers of their own.
package enum Argument: Equatable {
    case integer(UInt64), floating(Double)
}

/// Both registers that a result may be in; which one it is, the function's type says.
package struct Returned: Equatable {
    package var integer: UInt64, floating: Double
    package init(_ integer: UInt64, floating: Double = 0) { (self.integer, self.floating) = (integer, floating) }
}
