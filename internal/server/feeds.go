package server

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// feedsPage lists what is followed.
type feedsPage struct {
	Frame
	Summary string
	Lists   []listRow

	Total   int // feeds that are followed
	Found   int // of them: listed, on all pages
	Here    int // of these: on this page
	Others  int // of Found: on other pages
	Columns []rosterHead
	Groups  []feedGroup
	Grouped bool // by folder
	Pages   []pageLink
	Index   []folderLink
	Folders []string // to move feeds to
	Query   roster
	Address string   // of this list
	Healths []option // of the filter
	Places  []option
	Plain   string // address of the list without a filter; empty where it has none
	Edit    *folderEdit
	Until   string // the greatest number of a story when the page was made
	Keep    keepForm
}

// rosterHead is the head of a column: a link that sorts by it.
type rosterHead struct {
	Key, Title, Hint, Href string
	Sorted                 string // for aria-sort; empty where it is sorted by another
	Number                 bool
}

// feedGroup is the feeds of one folder.
type feedGroup struct {
	Name string // empty for feeds without a folder
	Href string
	Rule string // what the reader chose about its copies; empty for nothing
	Rows []feedRow
}

// folderLink is a line of the index of folders.
type folderLink struct {
	Text, Full, Href string
	Value            string // names it in forms
	Depth            int    // 0 to 3
	Feeds            int
	Current          bool
}

func (s *Server) feeds(w http.ResponseWriter, r *http.Request) error {
	ctx, l, now := r.Context(), words.From(r.Context()), time.Now()
	all, err := s.roll.list(ctx, s.Store, now)
	if err != nil {
		return err
	}
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	newest, err := s.Store.Stories(ctx, feed.Query{Limit: 1})
	if err != nil {
		return err
	}
	frame, err := s.frame(r, l.T("Feeds")+" · tidings", "feeds")
	if err != nil {
		return err
	}
	p := feedsPage{Frame: frame, Query: parseRoster(r.URL.Query()), Until: number(newest.Newest), Keep: newKeepForm(l, feed.Keep{})}
	p.Extra = s.assets.Path("feeds.js")
	if p.Lists, err = s.listRows(ctx, now); err != nil {
		return err
	}
	p.Summary, p.Total = summary(l, all), len(all)
	p.fill(l, all, rules)
	p.show(s, l, all, rules, now)
	return s.render(w, r, http.StatusOK, "feeds", p)
}

// fill makes what stands around the table.
func (p *feedsPage) fill(l *words.Language, all []*enrolled, rules feed.Ruleset) {
	q := &p.Query
	counts, names := map[string]int{}, tree{}
	for i := range all {
		folder := all[i].Subscription.Folder
		names.add(folder)
		if folder == "" {
			counts[noFolder]++
		}
		for ; folder != ""; folder = parent(folder) {
			counts[folder]++
		}
	}
	p.Folders = names.list()
	p.Index = newFolderIndex(l, *q, p.Folders, counts, len(all))
	p.Places = append([]option{{Text: l.T("All folders")}, {Value: noFolder, Text: l.T("Without a folder")}}, plainOptions(p.Folders)...)
	choose(p.Places, q.Folder)
	p.Healths = []option{{Text: l.T("Any health")}}
	for _, o := range conditions() {
		p.Healths = append(p.Healths, option{Value: o.Value, Text: l.T(o.Text)})
	}
	choose(p.Healths, q.Health)
	if q.narrow() {
		p.Plain = roster{Sort: q.Sort, Back: q.Back, Page: 1}.encode()
	}
	for _, c := range rosterColumns() {
		h := rosterHead{Key: c.key, Title: l.T(c.title), Href: q.by(c.key).encode(), Number: c.number}
		if c.hint != "" {
			h.Hint = l.T(c.hint)
		}
		if q.Sort == c.key {
			h.Sorted = map[bool]string{true: "descending", false: "ascending"}[q.falling()]
		}
		p.Columns = append(p.Columns, h)
	}
	if slices.Contains(p.Folders, q.Folder) {
		p.Edit = newFolderEdit(l, q.Folder, rules)
	}
}

// show fills the table with a page of the list.
func (p *feedsPage) show(s *Server, l *words.Language, all []*enrolled, rules feed.Ruleset, now time.Time) {
	q := &p.Query
	chosen := q.choose(all)
	p.Found = len(chosen)
	pages := max((len(chosen)+rosterSize-1)/rosterSize, 1)
	q.Page = min(q.Page, pages)
	p.Pages = newPages(l, *q, pages)
	chosen = chosen[(q.Page-1)*rosterSize : min(q.Page*rosterSize, len(chosen))]
	p.Here, p.Others, p.Address, p.Grouped = len(chosen), p.Found-len(chosen), q.encode(), q.Sort == ""
	for _, x := range chosen {
		name := ""
		if p.Grouped {
			name = x.Subscription.Folder
		}
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Name != name {
			p.Groups = append(p.Groups, newFeedGroup(l, name, rules))
		}
		g := &p.Groups[len(p.Groups)-1]
		row := newFeedRow(l, x.Following, now)
		row.pace(l, &x.pace)
		row.Badge = s.badge(feed.Outlet{Feed: x.Subscription.ID, Title: x.Name(), URL: x.Subscription.URL, SiteURL: x.State.SiteURL, Icon: x.State.Icon})
		g.Rows = append(g.Rows, row)
	}
}

func newFeedGroup(l *words.Language, name string, rules feed.Ruleset) feedGroup {
	return feedGroup{Name: name, Href: roster{Folder: name, Page: 1}.encode(), Rule: ruleText(l, rules.Folders[name])}
}

// newFolderIndex lists the folders beside the table, with the feeds in and below each.
func newFolderIndex(l *words.Language, q roster, folders []string, counts map[string]int, all int) []folderLink {
	link := func(text, folder string, n int) folderLink {
		to := q
		to.Folder, to.Page = folder, 1
		return folderLink{Text: text, Full: folder, Value: folder, Href: to.encode(), Feeds: n, Current: q.Folder == folder}
	}
	index := []folderLink{link(l.T("All feeds"), "", all), link(l.T("Without a folder"), noFolder, counts[noFolder])}
	for _, f := range folders {
		x := link(f[strings.LastIndexByte(f, '/')+1:], f, counts[f])
		x.Depth = min(strings.Count(f, "/"), 3)
		index = append(index, x)
	}
	return index
}

// newPages links the pages of a long list; nil for a short one.
func newPages(l *words.Language, q roster, pages int) (links []pageLink) {
	last := 0
	for n := 1; n <= pages && pages > 1; n++ {
		if n > 1 && n < pages && (n < q.Page-2 || n > q.Page+2) {
			continue
		}
		if n > last+1 {
			links = append(links, pageLink{Text: "…"})
		}
		to := q
		to.Page, last = n, n
		links = append(links, pageLink{Text: l.Number(n), Href: to.encode(), Current: n == q.Page})
	}
	return links
}

func plainOptions(values []string) (all []option) {
	for _, v := range values {
		all = append(all, option{Value: v, Text: v})
	}
	return all
}

// summary sums up how the feeds are doing.
func summary(l *words.Language, all []*enrolled) string {
	if len(all) == 0 {
		return l.T("No feeds yet.")
	}
	trouble, missed, limited := 0, 0, 0
	for i := range all {
		switch x := all[i]; {
		case x.severity <= severity(isFailing):
			trouble++
		case x.condition != isWaiting || x.State.Failures == 0:
		case x.State.Failure == feed.FailureLimited:
			limited++
		default:
			missed++
		}
	}
	if trouble+missed+limited == 0 {
		return l.N("%d feed, all well.", "%d feeds, all well.", len(all))
	}
	parts := []string{l.N("%d feed", "%d feeds", len(all))}
	if trouble > 0 {
		parts = append(parts, l.N("%d in trouble", "%d in trouble", trouble))
	}
	if missed > 0 {
		parts = append(parts, l.N("%d not reached at the last poll", "%d not reached at the last poll", missed))
	}
	if limited > 0 {
		parts = append(parts, l.N("%d asked for a pause", "%d asked for a pause", limited))
	}
	return l.T("%s.", l.List(parts...))
}

// feedRow is a subscription as the list and its own page show it.
type feedRow struct {
	ID      string
	Title   string
	URL     string
	Link    template.URL // the feed itself
	Site    template.URL // its site
	Folder  string
	Tags    []tagLink
	Lang    string
	Entries string
	Unread  int
	Newest  moment
	Age     string // of its newest entry: "2 days ago"
	Polled  moment
	Last    string // "12 min ago"
	Next    string // "in 40 min"
	Due     moment
	Why     string // why then
	Health  health
	Mended  string // what had to be put right in its last document
	Paused  bool
	Gone    bool
	Flag    string // which followed lists no longer name it
	Kept    string // what the reader chose about its entries; empty for nothing
	Full    bool   // whole texts are fetched
	Badge   badge

	Plot      plot
	Week      string
	Share     string // of copies: "82 %"; empty where nothing came
	ShareText string
}

func newFeedRow(l *words.Language, x feed.Following, now time.Time) feedRow {
	sub, st := x.Subscription, x.State
	r := feedRow{
		ID: number(sub.ID), Title: masked(x.Name()), URL: masked(sub.URL), Link: webURL(sub.URL), Site: webURL(st.SiteURL),
		Folder: sub.Folder, Tags: tagLinks(sub.Tags), Lang: language(st.Language), Entries: l.Number(x.Entries), Unread: x.Unread,
		Polled: newMoment(l, st.Polled, now), Last: distance(l, st.Polled, now), Due: newMoment(l, st.Due, now),
		Why: inTongue(l, st.Why), Health: newHealth(l, x, now), Mended: strings.Join(st.Mended, "; "), Paused: sub.Paused, Gone: st.Gone, Flag: unlistedText(l, x),
		Newest: newMoment(l, x.Newest, now), Age: distance(l, x.Newest, now), Kept: keptText(l, sub.Keep), Full: sub.FullText,
	}
	switch {
	case sub.Paused, st.Gone:
		r.Next = "—"
	case !st.Due.After(now):
		r.Next = l.T("now")
	default:
		r.Next = distance(l, st.Due, now)
	}
	return r
}

// pace tells what the feed published of late.
func (r *feedRow) pace(l *words.Language, p *pace) {
	r.Plot, r.Week = p.plot(l, plotDays/2), p.weekText(l)
	if n := p.share(); n >= 0 {
		r.Share, r.ShareText = l.T("%d %%", n), l.T("%d %% of this feed you also get elsewhere", n)
	}
}

// tagLink is a tag with the address of its river.
type tagLink struct{ Text, Href string }

func tagLinks(tags []string) (links []tagLink) {
	for _, t := range tags {
		links = append(links, tagLink{t, "/" + filter{View: viewAll, Tag: t}.encode()})
	}
	return links
}
