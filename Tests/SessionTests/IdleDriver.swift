import Foundation
import Testing

/// A driver in C that drives nothing: what a test is about is in its `attach` or `start`, the rest is here.
enum IdleDriver {
    /// `idle.h`: every callout but `attach`; `bring` is how that ends well, and `DRIVER` the table.
    private static let header = """
        #include "drydock_driver.h"
        #include <errno.h>
        #include <string.h>
        static int instance;
        static int32_t match(const drydock_identity *i) { return 1; }
        static int32_t bring(void **i, drydock_interface *out) {
            memset(out, 0, sizeof *out);
            out->mac[0] = 2; out->mtu = out->maximum_mtu = 1500; out->receive_slots = out->transmit_slots = 8;
            *i = &instance;
            return 0;
        }
        static int32_t one(void *i) { return 0; }
        static void none(void *i) {}
        static uint32_t give(void *i, const drydock_buffer *b, uint32_t n) { return 0; }
        static uint32_t take(void *i, drydock_buffer *b, uint32_t n) { return 0; }
        static uint32_t event(void *i, uint32_t v) { return 0; }
        static int32_t filter(void *i, const drydock_filter *f) { return 0; }
        static int32_t media(void *i, drydock_media *m) { return 0; }
        static int32_t choose(void *i, const drydock_media *m) { return 0; }
        static int32_t word(void *i, uint32_t v) { return 0; }
        static int32_t count(void *i, drydock_statistics *s) { return 0; }
        #define DRIVER(abi, name, prefix, start) \\
            static drydock_driver table = {abi, sizeof(drydock_driver), name, prefix, "1.0", "", match, attach, start, one, none, \\
                give, take, give, take, event, event, filter, media, choose, word, word, count, none, 0}; \\
            const drydock_driver *drydock_driver_entry(void) { return &table; }

        """

    /// Builds `devnp-NAME.so` of a source that includes `idle.h`. - Returns: its path.
    static func build(_ name: String, _ text: String, _ flag: String, in dock: Dock) throws -> String {
        func path(_ file: String) -> String { dock.folder.appending(path: file).path() }
        try header.write(toFile: path("idle.h"), atomically: true, encoding: .utf8)
        try text.write(toFile: path("\(name).c"), atomically: true, encoding: .utf8)
        let include = Dock.package.appending(path: "Drivers/Sources/CDriver/include").path()
        try dock.good("clang", "-shared", "-fPIC", "-w", flag, "-I", include, path("\(name).c"), "-o", path("devnp-\(name).so"))
        return path("devnp-\(name).so")
    }
}
