extension UInt64 {
    /// The largest number whose cube is not above this one: three bits of the operand a bit of the root.
    var cubeRoot: UInt64 {
        var rest = self, root: UInt64 = 0
        var shift = 63
        while shift >= 0 {
            root &<<= 1
            let step = 3 &* root &* (root &+ 1) &+ 1 // (r + 1)³ - r³
            if rest &>> UInt64(shift) >= step {
                rest &-= step &<< UInt64(shift)
                root &+= 1
            }
            shift &-= 3
        }
        return root
    }
}
