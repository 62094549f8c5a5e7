import Testing
@testable import VFIOBus

@Suite struct PCIAddressTests {
    @Test(arguments: [
        ("0000:00:02.0", "0000:00:02.0"), ("00:02.0", "0000:00:02.0"), ("0001:fF:1f.7", "0001:ff:1f.7"), ("10000:01:00.0", "10000:01:00.0"),
    ]) func `an address is read as lspci writes it`(text: String, canonical: String) {
        #expect(PCIAddress(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "0", "00:02", "00:02.8", "00:20.0", "100:02.0", "0:2.0", "0000:00:02.0.0", "00:02.0/..", "../00:02.0", "0000:00:0x.0", "-000:00:02.0",
        "00:02.", ":00:02.0", "+0:02.0", "0000:0000:00:02.0",
    ]) func `anything else is none`(text: String) { #expect(PCIAddress(text) == nil) }
}
