package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/publish"
)

// Every river is a channel: it has a page (/folder/World) and, behind the page's
// address with an extension, feeds (/folder/World.atom, .rss, .json). Parameters
// shape a feed:
//
//	n=1…500                    how many stories; 50 without
//	content=full|summary|none  how much of their texts
//	copies=text|links|none     how the other sources are shown: in the text too, as links, not
//	grow=1                     a story that gained a source of substance counts as changed
//	view=all|unread|starred    part of the river
//	key=…                      the secret of a feed address, where a password is set
//	before=… after=… page=last pages of the river (RFC 5005 §3)
//	archive=…                  an archive of the river (RFC 5005 §4)

// The merged feed's size, in stories.
const (
	feedSize    = 50
	maxFeedSize = 500
)

// channel is a river as the address of its page or of one of its feeds names it.
type channel struct {
	filter
	Format publish.Format // empty: the page
	Params url.Values     // those that shape the feed, as given

	N       int
	Content publish.Content
	Copies  publish.Copies
	Grow    bool

	Before, After feed.Cursor
	Last          bool   // the last page
	Archive       uint64 // the end of an archive; 0 for none
}

// params are the names of parameters that mean something.
var params = []string{"view", "n", "content", "copies", "grow", "before", "after", "page", "archive", "key"}

// cutFormat takes the extension of a feed's address off; without one it is the
// address of a page.
func cutFormat(path string) (string, publish.Format) {
	for _, f := range publish.Formats() {
		if rest, ok := strings.CutSuffix(path, "."+string(f)); ok && rest != "" {
			return rest, f
		}
	}
	return path, ""
}

// parseChannel reads which river a request is about.
func parseChannel(r *http.Request) (channel, error) {
	path, format := cutFormat(r.URL.Path)
	c := channel{filter: filter{View: viewAll}, Format: format, Params: url.Values{}, N: feedSize}
	kind, name, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case kind == "folder" && name != "":
		c.Folder = name
	case kind == "tag" && name != "":
		c.Tag = name
	case kind == "feed" && name != "":
		id, err := strconv.ParseUint(name, 10, 64)
		if err != nil || id == 0 {
			return c, notFound("A feed is named by its number.")
		}
		c.Feed = id
	case kind == viewStarred, kind == viewUnread:
		c.View = kind
	}
	v := r.URL.Query()
	for _, name := range params {
		if v.Has(name) {
			c.Params.Set(name, v.Get(name))
		}
	}
	return c, c.shape(v)
}

// shape reads the parameters.
func (c *channel) shape(v url.Values) error {
	var err error
	if c.N, err = feedLength(v.Get("n")); err != nil {
		return err
	}
	c.Content, c.Copies, c.Grow = publish.Content(v.Get("content")), publish.Copies(v.Get("copies")), v.Get("grow") == "1"
	switch c.Content {
	case "full":
		c.Content = publish.Full
	case publish.Full, publish.Summary, publish.None:
	default:
		return badRequest("content is how much of the texts the feed carries: full, summary or none.")
	}
	switch c.Copies {
	case "text":
		c.Copies = publish.InText
	case publish.InText, publish.AsLinks, publish.NoCopies:
	default:
		return badRequest("copies is how the feed shows a story’s other sources: text, links or none.")
	}
	if g := v.Get("grow"); g != "" && g != "0" && g != "1" {
		return badRequest("grow says whether a story that gains a source counts as changed: 1 or 0.")
	}
	switch view := v.Get("view"); view {
	case "":
	case viewAll, viewUnread, viewStarred:
		c.View = view
	default:
		return badRequest("view is which part of the river the feed has: all, unread or starred.")
	}
	return c.place(v)
}

// place reads which of a feed's documents is meant.
func (c *channel) place(v url.Values) (err error) {
	if c.Before, err = feed.ParseCursor(v.Get("before")); err == nil {
		c.After, err = feed.ParseCursor(v.Get("after"))
	}
	if err != nil {
		return badRequest("The page’s place in the river could not be read.")
	}
	if page := v.Get("page"); page != "" {
		if c.Last = page == "last"; !c.Last {
			return badRequest("page can only be last; other pages are found by their links.")
		}
		c.After = feed.Cursor{Story: 1} // older than all that is there
	}
	if end := v.Get("archive"); end != "" {
		if c.Archive, err = strconv.ParseUint(end, 10, 64); err != nil || c.Archive == 0 {
			return badRequest("An archive is named by a number; it is found by the links of the feed.")
		}
		if c.View != viewAll {
			return badRequest("What is unread or starred has no archives: it changes under your hands. Follow its pages.")
		}
	}
	return nil
}

func feedLength(s string) (int, error) {
	if s == "" {
		return feedSize, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxFeedSize {
		return 0, badRequest("n is how many stories the feed carries: 1 to 500.")
	}
	return n, nil
}

// home is the path of the channel's page.
func (c channel) home() string {
	p := url.URL{Path: "/feed"}
	switch {
	case c.Feed != 0:
		p.Path += "/" + number(c.Feed)
	case c.Folder != "":
		p.Path = "/folder/" + c.Folder
	case c.Tag != "":
		p.Path = "/tag/" + c.Tag
	case c.View != viewAll && !c.Params.Has("view"):
		p.Path = "/" + c.View
	}
	return p.EscapedPath()
}

// path is the path of the channel's feed, or of its page.
func (c channel) path() string {
	if c.Format == "" {
		return c.home()
	}
	return c.home() + "." + string(c.Format)
}

// address is path and query of the document that c means, or of another one of the
// same feed, whose place is given by name and value.
func (c channel) address(place ...string) string {
	v := url.Values{}
	for name, values := range c.Params {
		v[name] = values
	}
	if len(place) > 0 {
		for _, name := range []string{"before", "after", "page", "archive"} {
			v.Del(name)
		}
	}
	for i := 0; i+1 < len(place); i += 2 {
		if place[i+1] != "" {
			v.Set(place[i], place[i+1])
		}
	}
	if len(v) == 0 {
		return c.path()
	}
	return c.path() + "?" + v.Encode()
}

// base is the address of the feed itself, whichever of its documents c means.
func (c channel) base() string { return c.address("page", "") }

// in is the channel's feed in a format, without key and place.
func (c channel) in(f publish.Format) channel {
	v := url.Values{}
	for _, name := range []string{"view", "n", "content", "copies", "grow"} {
		if value := c.Params.Get(name); value != "" {
			v.Set(name, value)
		}
	}
	c.Format, c.Params = f, v
	c.Before, c.After, c.Last, c.Archive = feed.Cursor{}, feed.Cursor{}, false, 0
	return c
}

// whole reports whether c is the beginning of its river.
func (c channel) whole() bool { return c.Before.IsZero() && c.After.IsZero() && c.Archive == 0 }

// named gives the channel's title; notFound if there is no such feed, folder or tag.
func (s *Server) named(ctx context.Context, c channel) (string, error) {
	title := ""
	switch {
	case c.Feed != 0 || c.Folder != "" || c.Tag != "":
		list, err := s.Store.Outlets(ctx)
		if err != nil {
			return "", err
		}
		if title = titleAmong(list, c); title == "" {
			return "", notFound("There is no such feed, folder or tag.")
		}
	default:
		title = "every story once"
	}
	if c.View != viewAll {
		if !c.narrow() {
			return c.View, nil
		}
		title += ", " + c.View
	}
	return title, nil
}

func titleAmong(list []feed.Outlet, c channel) string {
	switch {
	case c.Feed != 0:
		if i := slices.IndexFunc(list, func(o feed.Outlet) bool { return o.Feed == c.Feed }); i >= 0 {
			return masked(list[i].Title)
		}
	case c.Folder != "" && slices.Contains(folders(list), c.Folder):
		return c.Folder
	case c.Tag != "" && slices.ContainsFunc(list, func(o feed.Outlet) bool { return slices.Contains(o.Tags, c.Tag) }):
		return "#" + c.Tag
	}
	return ""
}
