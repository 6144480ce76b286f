package fetch

import (
	"strings"
	"testing"
)

// Addresses are asked for as the reader subscribed to them. Only bytes that a request
// can't carry are escaped.
func TestAddressAsSubscribed(t *testing.T) {
	var rec recorder
	c, url := loopback(t, Options{}, rec.wrap(serve("", document(300))))
	for path, want := range map[string]string{
		"":                                     "/",
		"/":                                    "/",
		"?":                                    "/?",
		"/feed?":                               "/feed?",
		"/feed?b=2&a=1&&=;x#part":              "/feed?b=2&a=1&&=;x",
		"/?utm_source=rss":                     "/?utm_source=rss",
		"/a%2Fb/%7Efeed/%c3%a9":                "/a%2Fb/%7Efeed/%c3%a9",
		"/a%2fb|c":                             "/a%2fb%7Cc",
		"//double//slash/./../x/":              "//double//slash/./../x/",
		"/tags/[go]/(x)!*',;:@&=+$.":           "/tags/[go]/(x)!*',;:@&=+$.",
		"/caf\u00e9?q=\u00fc a\"b":             "/caf%C3%A9?q=%C3%BC%20a%22b",
		"/100%/%zz?5%":                         "/100%25/%25zz?5%25",
		"/feed?url=https://x.example/?a=b%26c": "/feed?url=https://x.example/?a=b%26c",
	} {
		res := get(t, c, Request{URL: url + path})
		all := rec.all()
		if got := all[len(all)-1].RequestURI; got != want {
			t.Errorf("%q asked for %q, want %q", path, got, want)
		}
		if res.URL != url+path {
			t.Errorf("%q: answer from %q", path, res.URL)
		}
	}
	get(t, c, Request{URL: "  " + strings.ToUpper(url[:4]) + url[4:] + "/x\n"})
}

func TestHosts(t *testing.T) {
	for raw, want := range map[string]string{
		"http://Example.ORG/":           "Example.ORG",
		"http://example.org:8080/":      "example.org:8080",
		"http://example.org./":          "example.org.",
		"http://b\u00fccher.example/":   "xn--bcher-kva.example",
		"http://B\u00dcCHER.example:81": "xn--bcher-kva.example:81",
		"http://under_score.example/":   "under_score.example",
		"http://[2606:2800::1]:80/":     "[2606:2800::1]:80",
		"http://[2606:2800::1]/":        "[2606:2800::1]",
		"http://[fe80::1%25eth0]/":      "[fe80::1%25eth0]",
		"http://93.184.215.14/":         "93.184.215.14",
		"http://3com.example/":          "3com.example",
		"http://1.2.3.com/":             "1.2.3.com",
		"http://0xfeed.example/":        "0xfeed.example",
	} {
		u, err := parseURL(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if u.Host != want {
			t.Errorf("%s: host %q, want %q", raw, u.Host, want)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"http://example.org/a?b#c", "https://①②⑦.⓪.⓪.①:80/%", "http://a:b@[::ffff:1.2.3.4]:1/", "//x", "http://exa mple"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := parseURL(raw)
		if err != nil {
			return
		}
		again, err := parseURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%q became %q, then %v: %v", raw, u, again, err)
		}
		if strings.ContainsAny(u.RequestURI(), " \t\r\n\x00\"<>") || !isASCII(u.RequestURI()) || !isASCII(u.Host) {
			t.Errorf("%q would ask %q for %q", raw, u.Host, u.RequestURI())
		}
	})
}

func TestSite(t *testing.T) {
	for raw, want := range map[string]string{
		"https://feeds.bbci.co.uk/news/rss.xml": "bbci.co.uk",
		"https://WWW.Example.ORG:8080/feed?x#y": "example.org",
		"https://example.org./feed":             "example.org",
		"https://alice.github.io/feed.xml":      "alice.github.io",
		"https://deep.alice.github.io/":         "alice.github.io",
		"https://github.io/":                    "github.io",
		"https://news.blogspot.com/feeds":       "news.blogspot.com",
		"https://co.uk/":                        "co.uk",
		"https://a.b.kobe.jp/":                  "a.b.kobe.jp",
		"https://x.city.kobe.jp/":               "city.kobe.jp",
		"https://feeds.B\u00dcCHER.example/":    "xn--bcher-kva.example",
		"https://feeds.xn--bcher-kva.example/":  "xn--bcher-kva.example",
		"http://127.0.0.1:8080/feed":            "127.0.0.1",
		"http://[2001:DB8:0::1]:80/":            "2001:db8::1",
		"http://[::ffff:10.0.0.1]/":             "10.0.0.1",
		"http://[fe80::1%25eth0]/":              "fe80::1",
		"http://localhost:8080/":                "localhost",
		"http://nas.local/":                     "nas.local",
		"http://user:secret@blog.example.com/":  "example.com",
		"feed://blog.example.com/x":             "example.com",
		" https://blog.example.com/100% ":       "example.com",
		"http://127.1/":                         "127.1",
		"":                                      "",
		"not an address":                        "",
		"http://":                               "",
		"http://[::1":                           "",
		"mailto:ann@example.org":                "",
	} {
		if got := Site(raw); got != want {
			t.Errorf("Site(%q) = %q, want %q", raw, got, want)
		}
	}
}
