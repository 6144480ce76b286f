package server

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

// chosen is what a page's form of folding says.
func (a *answer) chosen() string {
	a.t.Helper()
	var list []string
	for _, n := range a.one(a.page(), "form.folding").find("input[checked]") {
		list = append(list, n.attr("name")+"="+n.attr("value"))
	}
	return strings.Join(list, " ")
}

func (w *world) rulesNow(t *testing.T) feed.Ruleset {
	t.Helper()
	settings, err := w.store.Settings(t.Context(), "fold")
	if err != nil {
		t.Fatal(err)
	}
	return feed.Rules(settings)
}

func TestFoldingIsChosen(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, tt := range []struct {
		page         string
		fold, events string
		back         string
	}{
		{"/settings", "exact", "off", "/settings"},
		{"/folding?folder=World", "copies", "on", "/folding?folder=World"},
		{"/folding?folder=World/Middle+East", "", "off", "/folding?folder=World%2FMiddle+East"},
		{"/feeds/4", "off", "", "/feeds/4"},
	} {
		a := w.get(t, tt.page).status(200)
		button := a.one(a.page(), "form.folding button")
		a = a.press(w, button, "fold", tt.fold, "events", tt.events).status(303)
		a = w.get(t, a.Header().Get("Location")).status(200)
		checkPage(a)
		if got := a.flash(); !strings.HasPrefix(got, "Saved.") {
			t.Errorf("%s: %q", tt.page, got)
		}
		if got, want := a.chosen(), "fold="+tt.fold+" events="+tt.events; got != want {
			t.Errorf("%s chose %q, want %q", tt.page, got, want)
		}
	}
	want := feed.Ruleset{
		Global:  feed.Rule{Fold: feed.FoldExact, Events: "off"},
		Folders: map[string]feed.Rule{"World": {Fold: feed.FoldCopies, Events: "on"}, "World/Middle East": {Events: "off"}},
		Feeds:   map[uint64]feed.Rule{4: {Fold: feed.FoldOff}},
	}
	if diff := cmp.Diff(want, w.rulesNow(t)); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	var said []string
	for _, n := range w.get(t, "/feeds").status(200).page().find("tr.group small") {
		said = append(said, n.text())
	}
	if diff := cmp.Diff([]string{"Read Edit Copies", "Read Edit Copies", "folds near-copies too, related coverage shown Read Edit Copies", "related coverage hidden Read Edit Copies"}, said); diff != "" {
		t.Errorf("list of feeds (-want +got):\n%s", diff)
	}
}

func TestFoldingFormSaysWhatItInherits(t *testing.T) {
	w := newWorld(t, 3, nil)
	a := w.get(t, "/settings").status(200)
	if got := a.chosen(); got != "fold=copies events=on" || len(a.page().find("#fold-above")) != 0 {
		t.Errorf("to begin with all feeds have %q", got)
	}
	w.set(t, feed.Scope{Folder: "World"}.Setting(), `{"fold":"exact"}`)
	w.set(t, feed.Scope{}.Setting(), `{"events":"off"}`)
	for path, want := range map[string]string{
		"/feeds/4":              "As the folder \u2068World/Middle East\u2069 says now: exact copies | As the folder \u2068World/Middle East\u2069 says now: hidden",
		"/feeds/6":              "As the folder \u2068Science\u2069 says now: near-copies too | As the folder \u2068Science\u2069 says now: hidden",
		"/feeds/9":              "As the settings say now: near-copies too | As the settings say now: hidden",
		"/folding?folder=World": "As the settings say now: near-copies too | As the settings say now: hidden",
	} {
		p := w.get(t, path).status(200).page()
		if got := textOf(p, "label[for=fold-above]") + " | " + textOf(p, "label[for=events-above]"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if got := w.get(t, "/feeds/4").chosen(); got != "fold= events=" {
		t.Errorf("a feed without a rule has %q", got)
	}
}

func TestFoldingRefusesNonsense(t *testing.T) {
	w := newWorld(t, 3, nil)
	written := w.watch()
	for _, tt := range []struct {
		form   url.Values
		status int
	}{
		{url.Values{}, 400},
		{url.Values{"fold": {"all"}, "events": {"on"}}, 400},
		{url.Values{"fold": {"off"}, "events": {"perhaps"}}, 400},
		{url.Values{"fold": {"off"}}, 400},
		{url.Values{"fold": {"off"}, "events": {"on"}, "feed": {"x"}}, 400},
		{url.Values{"fold": {"off"}, "events": {"on"}, "feed": {"77"}}, 404},
		{url.Values{"fold": {"off"}, "events": {"on"}, "folder": {"None"}}, 404},
	} {
		w.post(t, "/folding", tt.form).status(tt.status)
	}
	if written() {
		t.Error("nonsense was kept")
	}
	w.get(t, "/folding?folder=None").status(404)
}
