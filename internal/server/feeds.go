package server

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tidings/internal/feed"
)

// feedsPage lists what is followed.
type feedsPage struct {
	Frame
	Groups  []feedGroup
	Lists   []listRow
	Summary string
}

// feedGroup is the feeds of one folder.
type feedGroup struct {
	Name string // empty for feeds without a folder
	Rule string // what the reader chose about its copies; empty for nothing
	Rows []feedRow
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
}

// health is how a feed is doing, and what a person can do.
type health struct {
	State string // "fine", "new", "waiting", "failing", "gone", "paused": a style
	Text  string
	Todo  string
}

func (s *Server) feeds(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Store.Subscriptions(r.Context())
	if err != nil {
		return err
	}
	rules, err := s.rules(r.Context())
	if err != nil {
		return err
	}
	frame, err := s.frame(r, "Feeds · tidings", "feeds")
	if err != nil {
		return err
	}
	p := feedsPage{Frame: frame}
	p.Groups, p.Summary = newGroups(list, time.Now())
	if p.Lists, err = s.listRows(r.Context(), time.Now()); err != nil {
		return err
	}
	for i, g := range p.Groups {
		p.Groups[i].Rule = ruleText(rules.Folders[g.Name])
	}
	return s.render(w, r, http.StatusOK, "feeds", p)
}

// newGroups sorts feeds into their folders, the ones without first, and sums up
// how they are doing.
func newGroups(list []feed.Following, now time.Time) ([]feedGroup, string) {
	rows, names := map[string][]feedRow{}, tree{}
	var sum upshot
	for _, x := range list {
		rw := newFeedRow(x, now)
		sum.add(x.State, rw.Health)
		names.add(x.Subscription.Folder)
		rows[x.Subscription.Folder] = append(rows[x.Subscription.Folder], rw)
	}
	var groups []feedGroup
	for _, name := range append([]string{""}, names.list()...) {
		if len(rows[name]) > 0 {
			groups = append(groups, feedGroup{Name: name, Rows: rows[name]})
		}
	}
	return groups, sum.sentence(len(list))
}

// upshot counts the feeds that aren't well.
type upshot struct {
	trouble int // failing for good, or for long
	unread  int // failed once or twice: not reached at the last poll
	limited int // told us to wait
}

func (u *upshot) add(st feed.State, h health) {
	switch {
	case h.State == "failing" || h.State == "gone":
		u.trouble++
	case h.State != "waiting" || st.Failures == 0:
	case st.Failure == feed.FailureLimited:
		u.limited++
	default:
		u.unread++
	}
}

func (u *upshot) sentence(feeds int) string {
	if feeds == 0 {
		return "No feeds yet."
	}
	text := count(feeds, "feed", "feeds")
	if *u == (upshot{}) {
		return text + ", all well."
	}
	if u.trouble > 0 {
		text += ", " + group(u.trouble) + " in trouble"
	}
	if u.unread > 0 {
		text += ", " + group(u.unread) + " not reached at the last poll"
	}
	if u.limited > 0 {
		text += ", " + group(u.limited) + " asked for a pause"
	}
	return text + "."
}

func newFeedRow(x feed.Following, now time.Time) feedRow {
	sub, st := x.Subscription, x.State
	r := feedRow{
		ID: number(sub.ID), Title: masked(x.Name()), URL: masked(sub.URL), Link: webURL(sub.URL), Site: webURL(st.SiteURL),
		Folder: sub.Folder, Tags: tagLinks(sub.Tags), Lang: language(st.Language), Entries: group(x.Entries), Unread: x.Unread,
		Polled: newMoment(st.Polled, now), Last: distance(st.Polled, now), Due: newMoment(st.Due, now),
		Why: st.Why, Health: newHealth(x, now), Mended: strings.Join(st.Mended, "; "), Paused: sub.Paused, Gone: st.Gone, Flag: unlistedText(x),
	}
	switch {
	case sub.Paused, st.Gone:
		r.Next = "—"
	case !st.Due.After(now):
		r.Next = "now"
	default:
		r.Next = distance(st.Due, now)
	}
	return r
}

// tagLink is a tag with the address of its river.
type tagLink struct{ Text, Href string }

func tagLinks(tags []string) (links []tagLink) {
	for _, t := range tags {
		links = append(links, tagLink{t, "/" + filter{View: viewAll, Tag: t}.encode()})
	}
	return links
}

func newHealth(x feed.Following, now time.Time) health {
	st := x.State
	if a := feed.Ail(x.Subscription, st, now); a.Name != "" {
		state := "waiting"
		if a.Name == "dead" {
			state = "failing"
		}
		text := strings.ToUpper(a.Name[:1]) + a.Name[1:] + " since " + a.Since.Local().Format("2 January 2006") + ": " + a.Reason + "."
		return health{state, strings.TrimSuffix(text+" "+sentence(st.Error), " "), sentence(a.Todo)}
	}
	switch {
	case !x.Subscription.Paused && x.Subscription.When.Until.After(now):
		return health{"paused", "Paused until " + x.Subscription.When.Until.Local().Format("2 January 2006"), ""}
	case x.Subscription.Paused:
		return health{"paused", "Paused", "Not polled until you resume it."}
	case st.Gone:
		return health{"gone", "Gone for good", "The publisher says that this feed has ended. What it brought stays; remove it, or give it a new address."}
	case st.Failures > 0:
		return troubled(st, now)
	case st.Polled.IsZero():
		return health{"new", "Not polled yet", ""}
	case st.Empty:
		return health{"waiting", "Suspicious: came empty", "The last document had no entries although earlier ones had. Nothing is lost or changed; the next poll looks again."}
	}
	return health{"fine", "Well", ""}
}

// troubled words a run of failures: what, since when, and what to do.
func troubled(st feed.State, now time.Time) health {
	h := health{State: "failing", Text: sentence(st.Error), Todo: todo(st.Failure)}
	if st.Error == "" {
		h.Text = sentence(cmp.Or(string(st.Failure), "it failed"))
	}
	if st.Failure == feed.FailureLimited || (st.Failure == feed.FailureTemporary && st.Failures < 3) {
		h.State = "waiting"
	}
	if st.Failures > 1 && !st.Since.IsZero() {
		h.Text = strings.TrimSuffix(h.Text, ".") + ", for " + span(now.Sub(st.Since)) + "."
	}
	return h
}

// todo is what a person can do about a kind of failure.
func todo(kind feed.FailureKind) string {
	switch kind {
	case feed.FailureTemporary:
		return "Usually mends itself; polled again later."
	case feed.FailureLimited:
		return "The publisher asked for a pause, which is kept."
	case feed.FailureRefused:
		return "See in a browser whether the feed wants a login or has moved."
	case feed.FailureMissing:
		return "Look on the site for a new feed address, and change it here."
	case feed.FailureTooLarge:
		return "The publisher may offer a shorter feed."
	case feed.FailureBlocked:
		return "It leads into a private network. If that is meant, start tidings with --allow-private."
	case feed.FailureNotFeed:
		return "The address answers with something else: look on the site for its feed."
	}
	return ""
}

// feedPage is one subscription with all that can be done to it.
type feedPage struct {
	Frame
	Sub     feedRow
	When    whenForm
	Receipt string // address of what its site has cost
	Folders []string
	Tags    string   // its tags, separated by commas
	AllTags []string // of all feeds
	Name    string   // the reader's own title; empty: the publisher's
	Theirs  string   // the publisher's title
	About   string
	Format  string
	Added   moment
	Newest  moment
	Moved   string
	Letter  string // for the publisher: what had to be mended; empty for nothing
	Confirm bool   // asks whether to remove it
	Folding foldForm
	Prefer  *preferForm
}

func (s *Server) feedPage(r *http.Request) (*feedPage, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	x, err := s.Store.Subscription(r.Context(), id)
	if err != nil {
		return nil, err
	}
	list, err := s.Store.Outlets(r.Context())
	if err != nil {
		return nil, err
	}
	rules, err := s.rules(r.Context())
	if err != nil {
		return nil, err
	}
	prefs, err := s.preferences(r.Context())
	if err != nil {
		return nil, err
	}
	now := time.Now()
	p := &feedPage{
		When:    newWhenForm("/feeds/"+number(x.Subscription.ID)+"/times", x.Subscription.When, s.Poller.Timetable().String()),
		Receipt: "/receipt?site=" + url.QueryEscape(x.Subscription.Site),
		Folding: feedForm(rules, x.Subscription), Prefer: preferFeed(prefs, x.Subscription),
		Sub: newFeedRow(x, now), Folders: folders(list), Name: x.Subscription.Title,
		Tags: strings.Join(x.Subscription.Tags, ", "), AllTags: tagsOf(list),
		Theirs: x.State.Title, About: x.State.Description, Format: formatName(x.State.Format),
		Added: newMoment(x.Subscription.Added, now), Newest: newMoment(x.Newest, now), Moved: masked(x.State.Moved),
	}
	p.Letter = letter(x.Subscription.URL, x.State)
	p.Frame, err = s.frame(r, p.Sub.Title+" · tidings", "feeds")
	return p, err
}

// letter is what the reader may send to a publisher whose feed had to be mended.
func letter(address string, st feed.State) string {
	if len(st.Mended) == 0 {
		return ""
	}
	return "Your feed " + masked(address) + " could be read on " + st.Document.UTC().Format("2 January 2006") +
		" only after these were put right:\n- " + strings.Join(st.Mended, "\n- ")
}

func formatName(format string) string {
	switch format {
	case "rss":
		return "RSS"
	case "rdf":
		return "RSS 1.0 (RDF)"
	case "atom":
		return "Atom"
	case "json":
		return "JSON Feed"
	}
	return ""
}

func (s *Server) oneFeed(w http.ResponseWriter, r *http.Request) error {
	p, err := s.feedPage(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "feed", p)
}

func (s *Server) confirmRemove(w http.ResponseWriter, r *http.Request) error {
	p, err := s.feedPage(r)
	if err != nil {
		return err
	}
	p.Confirm = true
	return s.render(w, r, http.StatusOK, "feed", p)
}
