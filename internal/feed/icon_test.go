package feed

import "testing"

func TestIconSource(t *testing.T) {
	for _, tc := range []struct {
		outlet Outlet
		want   string
	}{
		{Outlet{URL: "https://feeds.news.example/rss", SiteURL: "https://News.example/world?x"}, "https://news.example"},
		{Outlet{URL: "https://feeds.news.example/rss", SiteURL: "ftp://news.example/"}, "https://feeds.news.example"},
		{Outlet{URL: "https://ann:secret@news.example:8443/rss"}, "https://news.example:8443"},
		{Outlet{URL: "https://news.example/rss", Icon: "https://cdn.example/i.png"}, "https://news.example https://cdn.example/i.png"},
		{Outlet{URL: "https://news.example/rss", Icon: "data:image/png;base64,AAAA"}, "https://news.example"},
		{Outlet{URL: "https:///rss"}, ""},
		{Outlet{}, ""},
	} {
		if got := tc.outlet.IconSource().Key(); got != tc.want {
			t.Errorf("%+v is %q, want %q", tc.outlet, got, tc.want)
		}
	}
}

func TestParseShowing(t *testing.T) {
	for in, want := range map[string]Showing{"": ShowProxied, "proxy": ShowProxied, "direct": ShowDirectly, "none": ShowNothing, "None": ShowProxied} {
		if got := ParseShowing(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
