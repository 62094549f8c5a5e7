@testable import Conformance
import Testing

/// Lines as Linux 6.1 writes them to /dev/kmsg.
@Suite struct IOMMULogTests {
    static let intel = "3,921,81273411,-;DMAR: [DMA Write NO_PASID] Request device [00:02.0] fault addr 0x10021000 [fault reason 0x05] PTE Write access is not set\n"
    static let amd = "4,1021,7273411,-;vfio-pci 0000:02:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000c address=0x10021000 flags=0x0000]\n SUBSYSTEM=pci\n"

    @Test func `a refused access of the card is found, whoever made the IOMMU`() {
        #expect(IOMMULog.refusal(in: Self.intel, card: "00:02.0") == "DMAR: [DMA Write NO_PASID] Request device [00:02.0] fault addr 0x10021000 [fault reason 0x05] PTE Write access is not set")
        #expect(IOMMULog.refusal(in: Self.amd, card: "02:00.0")?.hasSuffix("flags=0x0000]") == true)
    }

    @Test(arguments: [
        intel, "6,900,1,-;DMAR: DRHD: handling fault status reg 2\n", "6,1,1,-;vfio-pci 0000:00:03.0: vfio_ecap_init: hiding ecap 0x1e@0x154\n", "", ";", "\n",
    ])
    func `what is said of others, or is no refusal, is not counted`(record: String) { #expect(IOMMULog.refusal(in: record, card: "00:03.0") == nil) }

    @Test func `a log that may not be read is not taken for a clean one`() {
        let log = IOMMULog(card: "0000:00:02.0", file: "/nonexistent")
        #expect(log.violations.isEmpty)
        #expect(log.unjudged?.contains("may not be read") == true)
    }

    @Test func `a log that is read begins now`() {
        // A file's end is where it is opened, as a log's is.
        let log = IOMMULog(card: "0000:00:02.0", file: #filePath)
        #expect(log.violations.isEmpty)
        #expect(log.unjudged?.contains("refused it nothing") == true)
    }
}
