/// Text that is safe within a page.
struct HTML {
    private(set) var text = ""
    init() {}
    /// What is HTML already.
    init(raw: String) { text = raw }

    static func escaped(_ text: some StringProtocol) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    static func element(_ name: String, _ attribute: String = "", _ content: HTML) -> HTML {
        HTML(raw: "<\(name)\(attribute.isEmpty ? "" : " class=\"\(escaped(attribute))\"")>\(content.text)</\(name)>")
    }

    static func element(_ name: String, _ attribute: String = "", _ content: String) -> HTML { element(name, attribute, HTML(raw: escaped(content))) }

    static func joined(_ parts: [HTML]) -> HTML { HTML(raw: parts.map(\.text).joined(separator: "\n")) }

    /// Rows of cells, each already HTML; no row: nothing.
    static func table(_ style: String, head: [String], rows: [[HTML]]) -> HTML {
        guard !rows.isEmpty else { return HTML() }
        let header = element("tr", "", joined(head.map { element("th", "", $0) }))
        let body = rows.map { element("tr", "", joined($0.map { element("td", "", $0) })) }
        return element("div", "scroll", element("table", style, joined([element("thead", "", header), element("tbody", "", joined(body))])))
    }
}
