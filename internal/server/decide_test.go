package server

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// press sends the form that a button belongs to.
func (a *answer) press(w *world, button *node, more ...string) *answer {
	a.t.Helper()
	p := a.page()
	form := button.Parent
	if id := button.attr("form"); id != "" {
		form = a.one(p, "#"+id).Node
	}
	for form != nil && form.Data != "form" {
		form = form.Parent
	}
	if form == nil {
		a.t.Fatalf("button %q belongs to no form", button.text())
	}
	v := url.Values{}
	for _, n := range (&node{form}).find("input") {
		v.Set(n.attr("name"), n.attr("value"))
	}
	if name := button.attr("name"); name != "" {
		v.Set(name, button.attr("value"))
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return w.post(a.t, (&node{form}).attr("action"), v)
}

// leads checks that an answer redirects to a page with a notice, seen from where
// one was.
func (a *answer) leads(path, query string) *answer {
	a.t.Helper()
	to := a.Header().Get("Location")
	if !strings.HasPrefix(to, path+"?done=") || !strings.HasSuffix(to, "&"+query) {
		a.t.Errorf("redirects to %q, want %s with %s", to, path, query)
	}
	return a
}

// follow asks for the page that an answer redirects to.
func (a *answer) follow(w *world) *answer {
	a.t.Helper()
	a.status(303)
	return w.get(a.t, a.Header().Get("Location")).status(200)
}

func (a *answer) flash() string {
	a.t.Helper()
	return a.one(a.page(), ".flash p").text()
}

// buttonOf is the button of a source with which it is split off.
func (a *answer) buttonOf(source string) *node {
	a.t.Helper()
	for _, li := range a.page().find("li.copy") {
		if li.find(".source")[0].text() == source {
			return li.find("button[name=entry]")[0]
		}
	}
	a.t.Fatalf("no source %q", source)
	return nil
}

func TestSplitAndUndo(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	before := w.get(t, "/story/2000").page().find("#sources li.copy")
	a := w.get(t, "/story/2000?view=all").status(200)
	a = a.press(w, a.buttonOf("Wissenschaft heute")).leads("/story/2000", "view=all").follow(w)
	checkPage(a)
	if got := a.flash(); got != "Split off the copy of “\u2068Wissenschaft heute\u2069”: a story of its own now. See it" {
		t.Errorf("flash %q", got)
	}
	p := a.page()
	if got := a.one(p, "#sources-title").text(); got != "Told by 6 sources" {
		t.Errorf("after the split: %q", got)
	}
	decided := a.one(p, ".decided li p").text()
	if !strings.HasPrefix(decided, "You split “ Hafenarbeiter in Port Elsin beenden Streik ” ( Wissenschaft heute ) off on ") {
		t.Errorf("decision %q", decided)
	}
	own := a.one(p, ".flash a").attr("href")
	b := w.get(t, own).status(200)
	if got := b.one(b.page(), ".decided li p").text(); !strings.HasPrefix(got, "You split this off from “ Dockworkers at Port Elsin call off strike after overnight deal ” ( Meridian Wire ) on ") {
		t.Errorf("on the page of the new story: %q", got)
	}
	if len(b.page().find("#sources button[name=entry]")) != 0 {
		t.Error("the only source of a story can be split off")
	}
	// from the page of the story that vanishes, one comes back to the one that stays
	a = b.press(w, b.one(b.page(), ".decided button")).location("/story/2000?done=…").follow(w)
	if got := a.flash(); got != "Undone: they are one story again." {
		t.Errorf("flash %q", got)
	}
	if after := a.page().find("#sources li.copy"); len(after) != len(before) || len(a.page().find(".decided")) != 0 {
		t.Errorf("%d sources after undoing, want %d, and no decision left", len(after), len(before))
	}
	w.get(t, own).status(302).location("/story/2000")
	if got := b.press(w, b.one(b.page(), ".decided button"), "back", "/story/2000").follow(w).flash(); got != "That was undone already." {
		t.Errorf("second undo says %q", got)
	}
}

func TestUndoFromTheNotice(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	a := w.get(t, "/story/2000").status(200)
	a = a.press(w, a.buttonOf("Meridian Wire")).location("/story/2000?done=…").follow(w)
	if got := a.one(a.page(), "h1").text(); got != "Dockworkers at Port Elsin call off strike after overnight deal" || len(a.page().find("li.copy")) != 6 {
		t.Errorf("without its lead the story is %q", got)
	}
	a = a.press(w, a.one(a.page(), ".flash button")).location("/story/2000?done=…").follow(w)
	if len(a.page().find("li.copy")) != 7 {
		t.Error("the notice's button undid nothing")
	}
}

func TestJoinAndUndo(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	a := w.get(t, "/story/2010?folder=World").status(200)
	var offered []string
	for _, n := range w.get(t, "/story/2000").page().find(".joining button[name=story]") {
		offered = append(offered, n.attr("value"))
	}
	if got := strings.Join(offered, " "); got != "1970 2005 2020 2010 1980" {
		t.Errorf("story 2000 offers %q: want near misses, then the event", got)
	}
	a = a.press(w, a.one(a.page(), ".joining button[value=2000]")).leads("/story/2000", "folder=World").follow(w)
	if got := a.flash(); got != "Joined with “\u2068Dockworkers at Port Elsin call off strike after overnight deal\u2069”: one story now." {
		t.Errorf("flash %q", got)
	}
	if got := len(a.page().find("li.copy")); got != 8 {
		t.Errorf("%d copies after the join, want 8", got)
	}
	if got := a.one(a.page(), ".decided li p").text(); !strings.HasPrefix(got, "You joined “ First ships unload at Port Elsin as backlog clears ” ( Meridian Wire ) with this story on ") {
		t.Errorf("decision %q", got)
	}
	// the old address leads on, but not for good
	gone := w.get(t, "/story/2010?folder=World").status(302).location("/story/2000?folder=World")
	if got := gone.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("a redirect that can be undone is kept: %q", got)
	}
	w.send(t, "HEAD", "/story/2010", nil).status(302).location("/story/2000")
	a = a.press(w, a.one(a.page(), ".flash button")).follow(w)
	if got := a.flash(); got != "Undone: they are two stories again. See the other" || a.one(a.page(), ".flash a").attr("href") != "/story/2010" {
		t.Errorf("flash %q", got)
	}
	w.get(t, "/story/2010").status(200)
	if got := len(w.get(t, "/story/2000").page().find("li.copy")); got != 7 {
		t.Errorf("%d copies after undoing, want 7", got)
	}
}

func TestJoinByAddress(t *testing.T) {
	for _, tt := range []struct {
		text, base string
		want       string // what the notice begins with
	}{
		{"2005", "", "Joined with"}, {" #2005", "", "Joined with"}, {"/story/2005", "", "Joined with"},
		{"http://localhost:8080/story/2005?view=all#sources", "", "Joined with"},
		{"https://news.example.org/story/2005", "https://news.example.org", "Joined with"},
		{"https://news.example.org/story/2005", "", "There is no such story here."},
		{"https://elsewhere.example/story/2005", "", "There is no such story here."},
		{"9999", "", "There is no such story here."}, {"0", "", "There is no such story here."}, {"-1", "", "There is no such story here."},
		{"", "", "There is no such story here."}, {"the one about ferries", "", "There is no such story here."}, {"http://[::1", "", "There is no such story here."},
		{"2000", "", "That is this story itself."},
	} {
		w := newWorld(t, 0, func(o *Options) { o.PublicURL = tt.base })
		w.strike(t, time.Now())
		a := w.get(t, "/story/2000").status(200)
		a = a.press(w, a.one(a.page(), ".same button"), "story", tt.text).location("/story/2000?done=…").follow(w)
		if got := a.flash(); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
		ds, err := w.store.Decisions(t.Context())
		if err != nil || (len(ds) == 1) != strings.HasPrefix(tt.want, "Joined") {
			t.Errorf("%q: %d decisions, %v", tt.text, len(ds), err)
		}
	}
}

// Who names a story that was joined into another means that one.
func TestJoinWithADissolvedStory(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	for _, pair := range [][2]string{{"2020", "2010"}, {"2000", "2020"}} {
		w.post(t, "/story/"+pair[0]+"/join", url.Values{"story": {pair[1]}}).status(303)
	}
	if got := len(w.get(t, "/story/2000").status(200).page().find("li.copy")); got != 9 {
		t.Errorf("%d copies, want those of all three", got)
	}
	w.get(t, "/story/2020").status(302)
}

func TestDecisionsRefuseNonsense(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	e := number(w.entryOf(t, harrow, 2))
	written := w.watch()
	w.post(t, "/story/2000/split", url.Values{"entry": {"x"}}).status(400)
	w.post(t, "/story/2000/split", url.Values{}).status(400)
	w.post(t, "/story/7/split", url.Values{"entry": {"1"}}).status(404)
	w.post(t, "/story/2000/split", url.Values{"entry": {e}}).status(404) // of another story
	if a := w.post(t, "/story/2005/split", url.Values{"entry": {e}}); a.Code != 422 {
		t.Errorf("splitting the only copy off: %d, want a page with a hint", a.Code)
	}
	w.post(t, "/story/7/join", url.Values{"story": {"2000"}}).status(404)
	a := w.post(t, "/decisions/77/undo", url.Values{"back": {"//evil.example/"}}).location("/?done=…").follow(w)
	if got := a.flash(); got != "That was undone already." {
		t.Errorf("undoing nothing says %q", got)
	}
	w.post(t, "/decisions/x/undo", url.Values{}).status(404)
	if written() {
		t.Error("something was written")
	}
}

// A story keeps its decisions on its page although regrouping gave it another number.
func TestConcernsGoesByCopies(t *testing.T) {
	full := &feed.Full{Headline: feed.Headline{Story: feed.Story{ID: 5}}, Members: []feed.Member{{Entry: feed.Entry{ID: 50}}, {Entry: feed.Entry{ID: 51}}}}
	split := feed.Decision{Kind: feed.Split, From: 90, To: 91, Entries: []uint64{60}, Others: []uint64{51}}
	join := feed.Decision{Kind: feed.Join, From: 90, To: 91, Entries: []uint64{50}, Others: []uint64{61}}
	for want, d := range map[string]feed.Decision{"off": split, "with": join, "": {Kind: feed.Join, From: 5, To: 91, Entries: []uint64{1}}} {
		if got := concerns(full, d); got != want {
			t.Errorf("%+v: %q, want %q", d, got, want)
		}
	}
}
