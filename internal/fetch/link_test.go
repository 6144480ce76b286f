package fetch

import (
	"strings"
	"testing"
)

func TestLinkHeader(t *testing.T) {
	for _, tc := range []struct {
		values    []string
		hub, self string
	}{
		{nil, "", ""},
		{[]string{`<https://hub.example/>; rel="hub", <https://example.org/feed>; rel="self"`}, "https://hub.example/", "https://example.org/feed"},
		{[]string{`<https://hub.example/>; rel=hub`, `<https://example.org/feed>; rel=self`}, "https://hub.example/", "https://example.org/feed"},
		{[]string{`<https://hub.example/?a=1,2;b=3>; rel=hub,</x,y>;rel=self`}, "https://hub.example/?a=1,2;b=3", "https://example.org/x,y"},
		{[]string{`</a>; title="a, b; rel=hub <no>"; rel=next, </hub>; title="say \"hub\", \\"; rel=hub`}, "https://example.org/hub", ""},
		{[]string{`<hub> ; REL = "Self  HUB alternate"`}, "https://example.org/dir/hub", "https://example.org/dir/hub"},
		{[]string{`</first>; rel=hub; rel=self, </second>; rel=hub, </first>; rel=hub`}, "https://example.org/first https://example.org/second", ""},
		{[]string{`</other>; rel=hub; anchor="https://other.example/"`}, "", ""},
		{[]string{`<javascript:alert(1)>; rel=hub, <ftp://example.org/>; rel=self, <https://ok.example/>; rel=hub`}, "https://ok.example/", ""},
		{[]string{`<https://[::1>; rel=hub, <http:>; rel=self`}, "", ""},
		{[]string{`<https://example.org/wp-json/>; rel="https://api.w.org/", </feed>; rel=self`}, "", "https://example.org/feed"},
		{[]string{`<caf` + "\xc3\xa9" + ` bar>;rel=self`}, "", "https://example.org/dir/caf%C3%A9%20bar"},
		// broken ones end, and don't take along what follows
		{[]string{`<`, `<https://cut.example/; rel=hub`, `>; rel=hub`, `; rel=hub`, `,,,`, `<a>;=;=,<b>;rel="hub`, `<c>;"";rel`, `<d>;;;rel=self`},
			"https://example.org/dir/b", "https://example.org/dir/d"},
	} {
		hubs, self := linkHeader(tc.values, mustParse(t, "https://example.org/dir/feed.xml"))
		hub := strings.Join(hubs, " ")
		if hub != tc.hub || self != tc.self {
			t.Errorf("%q: hub %q self %q, want %q %q", tc.values, hub, self, tc.hub, tc.self)
		}
	}
}

func FuzzLinkHeader(f *testing.F) {
	f.Add(`<https://hub.example/>; rel="hub", </feed>; title="a\"b"; rel=self`)
	f.Add(`<a>;=;"",;rel`)
	base := mustParse(f, "https://example.org/")
	f.Fuzz(func(t *testing.T, v string) {
		hubs, self := linkHeader([]string{v}, base)
		for _, u := range append(hubs, self) {
			if u != "" && absolute(base, u) == "" {
				t.Errorf("%q gave %q", v, u)
			}
		}
	})
}
