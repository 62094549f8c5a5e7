import CDriver
import Recorder

extension RegisterTable {
    /// What a driver says of its registers; empty when it says nothing.
    // SAFETY: the contract makes the tables of `describe` and their texts live as long as the image; counts are cut to what
    // any device has.
    init(_ description: UnsafePointer<drydock_description>?) {
        self.init()
        guard let description = unsafe description?.pointee, let first = unsafe description.registers else { return }
        for k in 0..<min(unsafe Int(description.register_count), 4096) {
            let told = unsafe first[k]
            guard let name = unsafe told.name else { continue }
            var register = unsafe Register(name: String(cString: name), offset: told.offset)
            unsafe (register.count, register.stride, register.reset) = (max(told.count, 1), told.stride, told.reset)
            unsafe (register.region, register.width, register.access) = (told.region, told.width, told.access)
            for f in 0..<(unsafe told.fields == nil ? 0 : Int(told.field_count)) {
                guard let field = unsafe told.fields?[f], let name = unsafe field.name else { continue }
                unsafe register.fields.append(Field(name: String(cString: name), low: field.low, high: field.high))
            }
            registers.append(register)
        }
    }
}
