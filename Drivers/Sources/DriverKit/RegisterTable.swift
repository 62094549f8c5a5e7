#if !hasFeature(Embedded)
/// A map's registers as a list to look things up in: for models, shells and recorders, not for drivers.
public struct RegisterTable<Map: RegisterMap>: RegisterSink, Sendable {
    /// A register with its fields.
    public struct Row: Sendable {
        public let entry: RegisterEntry<Map>
        public let fields: [Field]

        /// Ones where a bit is defined; a register without named fields defines them all.
        public var defined: UInt32 { fields.isEmpty ? .max : fields.reduce(0) { $0 | $1.mask } }
    }

    /// In the order of the map's cases.
    public private(set) var rows: [Row] = []
    private var index: [Map: Int] = [:]

    /// Lists all registers of the map. Allocates; do it once.
    public init() { Map.list(into: &self) }

    public mutating func add(_ entry: RegisterEntry<Map>, fields: Span<Field>) {
        var list: [Field] = []
        for i in fields.indices { list.append(fields[i]) }
        index[entry.register] = rows.count
        rows.append(Row(entry: entry, fields: list))
    }

    /// The description of `register`, or nil when the map forgot it (which a test excludes).
    public subscript(_ register: Map) -> Row? { index[register].map { rows[$0] } }

    /// Which register lies at `offset`, and which element of it when it is an array.
    ///
    /// Cost: one pass over the list; a model with many accesses builds its own table once.
    public func find(offset: UInt32) -> (row: Row, element: UInt32)? {
        for row in rows where offset >= row.entry.offset {
            let distance = offset - row.entry.offset
            if distance % row.entry.stride == 0, distance / row.entry.stride < row.entry.count {
                return (row, distance / row.entry.stride)
            }
        }
        return nil
    }
}
#endif
