package dedup

import (
	"strings"
	"testing"
)

func TestCanonicalURL(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"as it is", "https://example.org/2026/11/budget", "https://example.org/2026/11/budget"},
		{"scheme", "http://example.org/a", "https://example.org/a"},
		{"case of scheme and host", "HTTPS://Example.ORG/News/A", "https://example.org/News/A"},
		{"port of http", "http://example.org:80/a", "https://example.org/a"},
		{"port of https", "https://example.org:0443/a", "https://example.org/a"},
		{"other port", "http://example.org:8080/a", "https://example.org:8080/a"},
		{"empty port", "http://example.org:/a", "https://example.org/a"},
		{"user", "https://me:secret@example.org/a", "https://example.org/a"},
		{"root", "https://example.org", "https://example.org/"},
		{"slash at the end", "https://example.org/a/", "https://example.org/a"},
		{"double slashes", "https://example.org//2026//11/a", "https://example.org/2026/11/a"},
		{"dot at the end of the host", "https://example.org./a", "https://example.org/a"},
		{"www", "https://www.example.org/a", "https://example.org/a"},
		{"www and m", "https://www.m.example.org/a", "https://example.org/a"},
		{"mobile", "https://mobile.example.org/a", "https://example.org/a"},
		{"amp host", "https://amp.example.co.uk/a", "https://example.co.uk/a"},
		{"a site called m", "https://m.co.uk/a", "https://m.co.uk/a"},
		{"a site called amp", "https://amp.dev/a", "https://amp.dev/a"},
		{"a blog called www", "https://www.github.io/a", "https://www.github.io/a"},
		{"wikipedia's phone form", "https://de.m.wikipedia.org/wiki/Eule", "https://de.wikipedia.org/wiki/Eule"},
		{"another name", "https://mobile.x.com/nora/status/12?s=20", "https://twitter.com/nora/status/12"},
		{"IDN", "https://www.BÜCHER.example/a", "https://xn--bcher-kva.example/a"},
		{"IDN escaped", "https://b%C3%BCcher.example/a", "https://xn--bcher-kva.example/a"},
		{"IDN done", "https://XN--bcher-KVA.example/a", "https://xn--bcher-kva.example/a"},
		{"underscore", "https://my_blog.example.org/a", "https://my_blog.example.org/a"},
		{"IPv4", "http://192.0.2.1/a", "https://192.0.2.1/a"},
		{"IPv6", "http://[2001:DB8:0::1]:80/a", "https://[2001:db8::1]/a"},

		{"fragment", "https://example.org/a#comments", "https://example.org/a"},
		{"text fragment", "https://example.org/a#:~:text=budget", "https://example.org/a"},
		{"route", "https://example.org/#!/story/12", "https://example.org/#!/story/12"},
		{"route with slash", "https://example.org/app#/story/12/", "https://example.org/app#/story/12"},
		{"route to nowhere", "https://example.org/app#!/", "https://example.org/app"},

		{"dot segments", "https://example.org/a/./b/../c", "https://example.org/a/c"},
		{"escaped dot segments", "https://example.org/a/%2E%2e/c", "https://example.org/c"},
		{"above the root", "https://example.org/../../a", "https://example.org/a"},
		{"needless escapes", "https://example.org/%7Enora/%61%2D1", "https://example.org/~nora/a-1"},
		{"needed escapes in lower case", "https://example.org/a%2fb%c3%a9", "https://example.org/a%2Fb%C3%A9"},
		{"missing escapes", "https://example.org/café au lait", "https://example.org/caf%C3%A9%20au%20lait"},
		{"broken escape", "https://example.org/100%/a%zz", "https://example.org/100%25/a%25zz"},
		{"backslashes", `https:\\example.org\2026\a`, "https://example.org/2026/a"},
		{"white space around and inside", " https://example.org/2026/\n  a ", "https://example.org/2026/%20%20a"},
		{"session in the path", "https://example.org/a;jsessionid=0F3A/b", "https://example.org/a/b"},
		{"session at the end", "https://example.org/a;JSESSIONID=0F3A?id=1", "https://example.org/a?id=1"},

		{"campaign", "https://example.org/a?utm_source=rss&utm_medium=feed&UTM_Term=", "https://example.org/a"},
		{"clicks", "https://example.org/a?fbclid=Iw1&gclid=x&mc_cid=1&igshid=2", "https://example.org/a"},
		{"broadcaster's", "https://example.org/a?at_medium=RSS&at_campaign=KARANGA", "https://example.org/a"},
		{"newspaper's", "https://example.org/a?CMP=share_btn_tw", "https://example.org/a"},
		{"ref that tracks", "https://example.org/a?ref=rss", "https://example.org/a"},
		{"ref that tells what is read", "https://example.org/a?ref=v1.2", "https://example.org/a?ref=v1.2"},
		{"source that tells what is read", "https://example.org/a?source=chapter-3", "https://example.org/a?source=chapter-3"},
		{"parameter of one host", "https://youtube.com/watch?v=q1&si=abc&pp=x", "https://youtube.com/watch?v=q1"},
		{"the same of another host", "https://example.org/a?si=abc", "https://example.org/a?si=abc"},
		{"what identifies stays", "https://example.org/?p=123&utm_source=x", "https://example.org/?p=123"},
		{"order", "https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"},
		{"repetition and emptiness", "https://example.org/a?b=&&b&b=", "https://example.org/a?b"},
		{"space as plus", "https://example.org/s?id=a+b", "https://example.org/s?id=a%20b"},
		{"plus itself", "https://example.org/s?id=a%2bb", "https://example.org/s?id=a%2Bb"},
		{"parameter without a name", "https://example.org/?2026-11-22", "https://example.org/?2026-11-22"},
		{"escaped ampersand", "https://example.org/a?q=x%26utm_source=1", "https://example.org/a?q=x%26utm_source=1"},

		{"amp at the end", "https://example.org/2026/a/amp/", "https://example.org/2026/a"},
		{"amp as a parameter", "https://example.org/a?amp=1", "https://example.org/a"},
		{"amp as output", "https://example.org/a?outputType=amp", "https://example.org/a"},
		{"amp as an ending", "https://example.org/2026/a.amp.html", "https://example.org/2026/a.html"},
		{"amp at the beginning", "https://example.org/amp/2026/a", "https://example.org/2026/a"},
		{"a page called amp", "https://example.org/amp", "https://example.org/amp"},
		{"a section called amp", "https://example.org/amp/a", "https://example.org/amp/a"},
		{"amp cache", "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/2026/a?id=1", "https://example.org/2026/a?id=1"},
		{"amp cache without tls", "https://cdn.ampproject.org/v/example.org/a/amp?amp_js_v=0.1", "https://example.org/a"},
		{"amp cache's own page", "https://cdn.ampproject.org/docs/example.org/a", "https://cdn.ampproject.org/docs/example.org/a"},
		{"amp viewer", "https://www.google.co.uk/amp/s/amp.example.org/2026/a.amp", "https://example.org/2026/a"},
		{"phone form of a blog", "https://nora.blogspot.com/2026/11/a.html?m=1", "https://nora.blogspot.com/2026/11/a.html"},

		{"google", "https://www.google.com/url?rct=j&sa=t&url=https://example.org/a%3Fid%3D1&ct=ga", "https://example.org/a?id=1"},
		{"google q", "http://www.google.de/url?q=http%3A%2F%2Fwww.example.org%2Fa%2F&sa=D", "https://example.org/a"},
		{"google news", "http://news.google.com/news/url?sa=t&fd=R&url=http://example.org/a&usg=AFQ", "https://example.org/a"},
		{"tumblr", "https://t.umblr.com/redirect?z=https%3A%2F%2Fexample.org%2Fa&t=Mz", "https://example.org/a"},
		{"facebook", "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%3Ffbclid%3DIw&h=AT", "https://example.org/a"},
		{"reddit", "https://out.reddit.com/t3_1?url=https%3A%2F%2Fexample.org%2Fa&token=x", "https://example.org/a"},
		{"pocket", "https://getpocket.com/redirect?url=https%3A%2F%2Fexample.org%2Fa", "https://example.org/a"},
		{"mail filter", "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fa&data=05", "https://example.org/a"},
		{"wrapped twice", "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fexample.org%252Fa", "https://example.org/a"},
		{"redirector without a target", "https://www.google.com/url?q=owls", "https://google.com/url?q=owls"},
		{"another google", "https://notgoogle.com/url?q=https://example.org/a", "https://notgoogle.com/url?q=https://example.org/a"},
		{"short form", "https://youtu.be/q1?si=abc&t=42", "https://youtube.com/watch?t=42&v=q1"},
		{"feed proxy, which hides its target", "http://feedproxy.google.com/~r/nora/~3/x/", "https://feedproxy.google.com/~r/nora/~3/x"},

		{"empty", "", ""},
		{"no address", "budget vote", ""},
		{"relative", "/2026/a", ""},
		{"without scheme", "//example.org/a", ""},
		{"mail", "mailto:nora@example.org", ""},
		{"urn", "tag:example.org,2026:1", ""},
		{"script", "javascript:alert(1)", ""},
		{"other scheme of five letters", "gophe://example.org/", ""},
		{"no host", "https:///", ""},
		{"host of a dot", "https://./a", ""},
		{"host that maps to a slash", "https://example.org／a.example/b", ""},
		{"space in the host", "https://exam ple.org/", ""},
		{"port of letters", "https://example.org:http/", ""},
		{"host too long", "https://" + strings.Repeat("界", 200) + ".example/", ""},
		{"too long", "https://example.org/" + strings.Repeat("a", maxAddress), ""},
		{"too long by what is dropped", "https://example.org/?utm_source=" + strings.Repeat("a", maxAddress), ""},
		{"too long once escaped", "https://example.org/" + strings.Repeat("é", maxAddress/4), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := CanonicalURL(c.raw)
			if got != c.want {
				t.Errorf("CanonicalURL(%.200q)\n got %q\nwant %q", c.raw, got, c.want)
			}
			if again := CanonicalURL(got); again != got {
				t.Errorf("not settled: %q, then %q", got, again)
			}
		})
	}
}

// A redirector around a redirector, deeper than anyone means, has no form
// rather than one that changes when it is taken again.
func TestCanonicalURLDeep(t *testing.T) {
	wrap := "https://href.li/?url="
	for _, depth := range []int{1, maxHops - 2, maxHops, maxHops + 10, 300} {
		raw := strings.Repeat(wrap, depth) + "https://example.org/a"
		want := "https://example.org/a"
		if depth >= maxHops {
			want = ""
		}
		if got := CanonicalURL(raw); got != want {
			t.Errorf("depth %d: %q, want %q", depth, got, want)
		}
	}
}

func FuzzCanonicalURL(f *testing.F) {
	for _, s := range []string{
		"http://www.example.org:80/a/../b/?utm_source=x&b=2&a=1#!/r/", "https://www.google.com/amp/s/example.org/amp/amp",
		"https://google.com/url/amp?q=http://m.m.x.com/%2e%2E/.amp", "https://x.cdn.ampproject.org/c/s/y.example/amp?z=http://a",
		"https://youtu.be/a?b", "http://a.m.m.wikipedia.org/;jsessionid=1;jsessionid=2/", "https://bücher.example/%C3%BC?ü=ü#/ü",
		"https://[::1]:443//", "http://a@b@c/", `http:/\c\d`, "https://l.facebook.com/?u=http://%6c.facebook.com/?u=https://x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		c := CanonicalURL(raw)
		if c == "" {
			return
		}
		if again := CanonicalURL(c); again != c {
			t.Errorf("%q gives %q, that gives %q", raw, c, again)
		}
		if !strings.HasPrefix(c, "https://") || !ascii(c) || strings.ContainsAny(c, " \t\r\n\"<>") || len(c) > maxAddress {
			t.Errorf("%q gives %q", raw, c)
		}
		Permalink(c)
		showAddress(raw)
	})
}

func TestPermalink(t *testing.T) {
	for raw, want := range map[string]bool{
		"https://example.org/2026/11/budget":       true,
		"https://example.org/budget-vote":          true,
		"https://example.org/a":                    true,
		"https://example.org/12":                   true,
		"https://example.org/de-briefing":          true,
		"https://example.org/news/budget":          true,
		"https://example.org/?p=123":               true,
		"https://example.org/index.php?page_id=12": false, // two digits could be a page of a list
		"https://example.org/index.php?id=12":      true,
		"https://example.org/?2026-11-22":          true,
		"https://example.org/#!/story/12":          true,
		"https://example.org/news?id=7":            true,
		"https://youtube.com/watch?v=q1":           true,
		"https://example.org/tag/budget/2026":      true,

		"https://example.org/":            false,
		"https://example.org/de":          false,
		"https://example.org/index.html":  false,
		"https://example.org/news":        false,
		"https://example.org/Blog":        false,
		"https://example.org/tag/budget":  false,
		"https://example.org/?lang=de":    false,
		"https://example.org/?q=budget":   false,
		"https://example.org/blog?page=2": false,
		"":                                false,
		"ftp://example.org/2026/a":        false,
	} {
		if got := Permalink(raw); got != want {
			t.Errorf("Permalink(%q) = %v", raw, got)
		}
	}
}

// The lists are read, and none of their rules is dead.
func TestLists(t *testing.T) {
	l := lists()
	if len(l.tracking.names) < 100 || len(l.tracking.prefixes) < 5 || len(l.hosts.exact) < 10 || len(l.redirectors) < 20 {
		t.Fatal("lists are shorter than they should be")
	}
	eachRule(trackingText, func(f []string) {
		if f[0] != strings.ToLower(f[0]) {
			t.Errorf("tracking.txt: %s isn't in lower case, and never matches", f[0])
		}
		for _, x := range f[1:] {
			if !strings.HasPrefix(x, "=") && !strings.Contains(x, ".") {
				t.Errorf("tracking.txt: %s: %s is neither values nor a host", f[0], x)
			}
			if x != strings.ToLower(x) {
				t.Errorf("tracking.txt: %s: %s isn't in lower case, and never matches", f[0], x)
			}
			if h, ok := strings.CutPrefix(x, "@"); ok && foldName(h) != h {
				t.Errorf("tracking.txt: %s: host %s never comes, it is %s", f[0], h, foldName(h))
			}
		}
	})
	for from, to := range l.hosts.exact {
		if got := foldName(from); got != foldName(to) || foldName(to) != to {
			t.Errorf("hosts.txt: %s gives %s, want %s", from, got, to)
		}
	}
	for host, rules := range l.redirectors {
		plain := strings.Replace(host, ".*", ".com", 1)
		if foldName(plain) != plain {
			t.Errorf("redirectors.txt: host %s never comes, it is %s", plain, foldName(plain))
		}
		for _, r := range rules {
			if len(r.params) == 0 {
				t.Errorf("redirectors.txt: %s %s has no parameter", host, r.path)
				continue
			}
			path := strings.Replace(r.path, "*", "/x", 1)
			raw := "https://" + plain + path + "?" + r.params[0] + "=https%3A%2F%2Fexample.org%2Fa"
			if got := CanonicalURL(raw); got != "https://example.org/a" {
				t.Errorf("redirectors.txt: %s gives %s", raw, got)
			}
		}
	}
}
