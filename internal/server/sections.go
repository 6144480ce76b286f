package server

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// sections is the index beside the river: folders, the feeds of the one that is
// open, and tags, each with its unread stories.
type sections struct {
	All    section
	Items  []section
	Hidden int // feeds that didn't fit
}

// section is a line of it: a folder, a feed or a tag.
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
	Badge   badge        // of a feed
	outlet  *feed.Outlet // the feed; nil for a folder or tag
}

// mostFeeds keeps the index short where thousands of feeds share one folder.
const mostFeeds = 150

func newSections(l *words.Language, f filter, feeds []feed.Outlet, c feed.Counts) sections {
	s := sections{All: section{
		Text: l.T("All feeds"), Href: "/" + filter{View: f.View}.encode(), Key: "unread",
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
	for _, tag := range tagsOf(feeds) {
		s.Items = append(s.Items, section{
			Text: "#" + tag, Full: tag, Href: "/" + filter{View: f.View, Tag: tag}.encode(), Key: "tag-" + tag,
			Unread: c.Tags[tag], Current: f.Tag == tag && f.Feed == 0,
		})
	}
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
func (s *sections) addFeeds(folder string, f filter, feeds []feed.Outlet, c feed.Counts) {
	var in []feed.Outlet
	for _, x := range feeds {
		if x.Folder == folder {
			in = append(in, x)
		}
	}
	if len(in) > mostFeeds {
		slices.SortStableFunc(in, func(a, b feed.Outlet) int {
			return cmp.Compare(c.Feeds[b.Feed], c.Feeds[a.Feed])
		})
		s.Hidden += len(in) - mostFeeds
		in = in[:mostFeeds]
	}
	depth := 0
	if folder != "" {
		depth = min(strings.Count(folder, "/")+1, 3)
	}
	for i, x := range in {
		title := masked(x.Title)
		s.Items = append(s.Items, section{
			Text: title, Full: title, Depth: depth, Key: "feed-" + number(x.Feed), Unread: c.Feeds[x.Feed],
			Href:    "/" + filter{View: f.View, Feed: x.Feed}.encode(),
			Current: f.Feed == x.Feed, Trouble: x.Trouble, outlet: &in[i],
		})
	}
}

// openFolder is the folder whose feeds are listed.
func openFolder(f filter, feeds []feed.Outlet) string {
	if f.Feed == 0 {
		return f.Folder
	}
	for _, x := range feeds {
		if x.Feed == f.Feed {
			return x.Folder
		}
	}
	return ""
}

// tagsOf lists the tags of feeds, by name.
func tagsOf(feeds []feed.Outlet) []string {
	all := map[string]bool{}
	for i := range feeds {
		for _, t := range feeds[i].Tags {
			all[t] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
}

// folders lists the folders of feeds, parents before children.
func folders(feeds []feed.Outlet) []string {
	t := tree{}
	for i := range feeds {
		t.add(feeds[i].Folder)
	}
	return t.list()
}

// tree is folders, with all above them.
type tree map[string]bool

func (t tree) add(folder string) {
	for folder != "" && !t[folder] {
		t[folder] = true
		i := strings.LastIndexByte(folder, '/')
		folder = folder[:max(i, 0)]
	}
}

// list gives parents before children, and siblings by name.
func (t tree) list() []string {
	return slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		return cmp.Or(slices.Compare(strings.Split(strings.ToLower(a), "/"), strings.Split(strings.ToLower(b), "/")), cmp.Compare(a, b))
	})
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
