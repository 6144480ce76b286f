package feed

import (
	"strings"
	"time"
)

// IconSource is where the icon of a feed is looked for: at the address that the feed names,
// else at its site. Feeds that share both share an icon.
type IconSource struct {
	Icon string // as the feed names it; empty where it names none
	Site string // scheme, host and port of the site, such as "https://news.example"; may be empty
}

// IconSource is where the icon of the feed is looked for.
func (o Outlet) IconSource() IconSource {
	s := IconSource{Site: originOf(o.SiteURL)}
	if s.Site == "" {
		s.Site = originOf(o.URL)
	}
	if originOf(o.Icon) != "" {
		s.Icon = o.Icon
	}
	return s
}

// Key names the source in a store.
func (s IconSource) Key() string {
	if s.Icon == "" {
		return s.Site
	}
	return s.Site + " " + s.Icon
}

// originOf is an http or https address up to its path, without credentials; empty for
// any other.
func originOf(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if rest == "" {
		return ""
	}
	return scheme + "://" + strings.ToLower(rest)
}

// Icon is what is known of a source.
type Icon struct {
	Due  time.Time // when it may be asked again
	Hash string    // of the icon's bytes, in hexadecimal; empty: it has none
}

// Showing is whether pages show pictures, and how they come.
type Showing string

// The ways of showing pictures.
const (
	ShowProxied  Showing = "proxy"  // through this program, which asks for them in the reader's place
	ShowDirectly Showing = "direct" // browsers ask publishers for them
	ShowNothing  Showing = "none"   // no pictures, and no icons of feeds
)

// SettingPictures names the setting that keeps a [Showing].
const SettingPictures = "pictures"

// ParseShowing reads a way of showing pictures; the empty string, and what nobody
// knows, is the usual one.
func ParseShowing(s string) Showing {
	switch Showing(s) {
	case ShowDirectly, ShowNothing:
		return Showing(s)
	}
	return ShowProxied
}
