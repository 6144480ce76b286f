package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tidings/internal/feed"
)

// sections is the index beside the river: folders, and the feeds of the one
// that is open, each with its unread stories.
type sections struct {
	All    section
	Items  []section
	Hidden int // feeds that didn't fit
}

// section is a line of it: a folder or a feed.
type section struct {
	Text    string
	Href    string
	Key     string // name of its number, for the script
	Unread  int
	Current bool
	Folder  bool
	Trouble bool // the feed fails
	Depth   int  // 0 to 3
	Full    string
}

// mostFeeds keeps the index short where thousands of feeds share one folder.
const mostFeeds = 150

func newSections(f filter, feeds []feed.Following, c feed.Counts) sections {
	s := sections{All: section{
		Text: "All feeds", Href: "/" + filter{View: f.View}.encode(), Key: "unread",
		Unread: c.Unread, Current: !f.narrow(),
	}}
	open := openFolder(f, feeds)
	for _, folder := range folders(feeds) {
		if !shown(folder, open) {
			continue
		}
		s.Items = append(s.Items, folderSection(folder, f, c))
		if folder == open {
			s.addFeeds(folder, f, feeds, c)
		}
	}
	s.addFeeds("", f, feeds, c)
	return s
}

// shown reports whether a folder is listed: those at the top, and those in and
// beside the open one.
func shown(folder, open string) bool {
	i := strings.LastIndexByte(folder, '/')
	if i < 0 {
		return true
	}
	parent := folder[:i]
	return parent == open || strings.HasPrefix(open, parent+"/")
}

func folderSection(folder string, f filter, c feed.Counts) section {
	name := folder[strings.LastIndexByte(folder, '/')+1:]
	return section{
		Text: name, Full: folder, Folder: true, Depth: min(strings.Count(folder, "/"), 3),
		Href: "/" + filter{View: f.View, Folder: folder}.encode(), Key: "folder-" + folder,
		Unread: c.Folders[folder], Current: f.Folder == folder && f.Feed == 0,
	}
}

// addFeeds lists the feeds of one folder, those with unread stories first where
// not all of them fit.
func (s *sections) addFeeds(folder string, f filter, feeds []feed.Following, c feed.Counts) {
	var in []feed.Following
	for _, x := range feeds {
		if x.Subscription.Folder == folder {
			in = append(in, x)
		}
	}
	if len(in) > mostFeeds {
		slices.SortStableFunc(in, func(a, b feed.Following) int {
			return cmp.Compare(c.Feeds[b.Subscription.ID], c.Feeds[a.Subscription.ID])
		})
		s.Hidden += len(in) - mostFeeds
		in = in[:mostFeeds]
	}
	depth := 0
	if folder != "" {
		depth = min(strings.Count(folder, "/")+1, 3)
	}
	for _, x := range in {
		id := x.Subscription.ID
		s.Items = append(s.Items, section{
			Text: x.Name(), Full: x.Name(), Depth: depth, Key: "feed-" + number(id), Unread: c.Feeds[id],
			Href:    "/" + filter{View: f.View, Feed: id}.encode(),
			Current: f.Feed == id, Trouble: x.State.Failures > 0 || x.State.Gone,
		})
	}
}

// openFolder is the folder whose feeds are listed.
func openFolder(f filter, feeds []feed.Following) string {
	if f.Feed == 0 {
		return f.Folder
	}
	for _, x := range feeds {
		if x.Subscription.ID == f.Feed {
			return x.Subscription.Folder
		}
	}
	return ""
}

// folders lists every folder, parents before children.
func folders(feeds []feed.Following) []string {
	known := map[string]bool{}
	var list []string
	for _, x := range feeds {
		for folder := x.Subscription.Folder; folder != "" && !known[folder]; {
			known[folder] = true
			list = append(list, folder)
			i := strings.LastIndexByte(folder, '/')
			folder = folder[:max(i, 0)]
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		return slices.Compare(strings.Split(strings.ToLower(a), "/"), strings.Split(strings.ToLower(b), "/"))
	})
	return list
}

// backTo is the request's own address without what was just told.
func backTo(r *http.Request) string {
	v := r.URL.Query()
	v.Del("done")
	if len(v) == 0 {
		return r.URL.Path
	}
	return r.URL.Path + "?" + v.Encode()
}

// withQuery adds a parameter to a path of ours, in place of one of that name.
func withQuery(path, key, value string) string {
	path, query, _ := strings.Cut(path, "?")
	v, err := url.ParseQuery(query)
	if err != nil {
		v = url.Values{}
	}
	v.Set(key, value)
	return path + "?" + v.Encode()
}

// cutAnchor splits a path from its "#…".
func cutAnchor(path string) (rest, anchor string) {
	if i := strings.IndexByte(path, '#'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}
