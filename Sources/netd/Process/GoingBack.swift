import Host
import Logging
import Messages

/// `restart_proven=`: an isolated driver whose processes die too soon gives way to a build of it that has run for long enough.
extension Netd {
    /// A proven build that is to take the place of an interface's driver.
    struct Return {
        var interface: String
        var build: ProvenStore.Build
    }

    private var proven: ProvenStore? {
        boot.plan.number("restart_proven") == nil ? nil : ProvenStore(instance: boot.words.folder)
    }

    /// The supervisor proves what lies in the instance's folder under such a name. It has another one each time: another build, or the same one
    /// mounted again, begins anew.
    func keepImage(of device: IsolatedDevice) {
        guard proven != nil, let file = device.stock.path.split(separator: "/").last else { return }
        generation += 1
        let path = "\(boot.words.folder)/isolated-\(device.interface).\(generation)-\(file)"
        do throws(SystemError) {
            try device.stock.keep(at: path)
            device.keptImage = path
        } catch { logger.error("\(device.interface): no copy of its driver is kept, and it cannot become a proven build: \(error)") }
    }

    /// Notes that another build is to take the place of this one at the end of the turn. - Returns: nil: there is none.
    func provenBuild(for device: IsolatedDevice) -> ProvenStore.Build? {
        // Two builds that both die must not follow each other for ever.
        guard let proven, let kept = device.keptImage, !proven.holds(device.stock.path), !refused.contains(device.interface) else { return nil }
        let image = ProvenStore.Image(name: String(kept.split(separator: "/").last ?? ""), path: kept)
        guard let build = proven.other(than: [image], of: String(image.file)) else { return nil }
        returns.append(Return(interface: device.interface, build: build))
        return build
    }

    /// Reloads what was noted. A build that does not attach is told in the log, and leaves the one that died, which is not left a second time.
    func goBack() {
        let due = returns
        returns = []
        for one in due {
            do throws(Failure) {
                _ = try reload(one.interface, one.build.path, options: nil)
                refused.remove(one.interface)
                _ = HostNews.wentBack("\(one.interface): its driver's processes died too soon; it is started again \(one.build.sentence)").send(boot.news.raw)
            } catch {
                // Its reason is in the log.
                refused.insert(one.interface)
            }
        }
    }
}
