package poller

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
)

func TestRulesHoldForWhatComesFromNowOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		words := map[string]string{}
		for _, h := range []string{"a", "b", "c", "d", "e", "f"} {
			words["https://"+h+".example/feed"] = reeds
		}
		s, w := open(t), marsh(words)
		p, stop := start(t, s, w, Options{})
		rule := func(sc feed.Scope, f feed.Folding) {
			t.Helper()
			if err := p.SetRule(t.Context(), sc, feed.Rule{Fold: f}); err != nil {
				t.Fatal(err)
			}
		}
		pollFor(t, p, "a", "b")
		rule(feed.Scope{}, feed.FoldOff)
		pollFor(t, p, "c")
		wantRiver(t, s, "off for all", "a b", "c")

		rule(feed.Scope{Folder: "Marsh"}, feed.FoldExact)
		rule(feed.Scope{}, feed.FoldInherit)
		pollFor(t, p, "d")
		wantRiver(t, s, "on again", "a b d", "c")

		rule(feed.Scope{}, feed.FoldOff)
		folder := "Marsh/Dykes"
		for _, u := range []string{"a", "b", "c", "d"} { // what is matched must fold too
			id := wish(t, p, "https://"+u+".example/feed")[0].Subscription.ID
			if _, err := p.Change(t.Context(), id, feed.Change{Folder: &folder}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.Subscribe(t.Context(), []feed.Wish{{URL: "https://e.example/feed", Folder: folder}}); err != nil {
			t.Fatal(err)
		}
		pollFor(t, p, "e", "f")
		wantRiver(t, s, "by folder", "a b d e", "c", "f")
		stop()
	})
}

func TestRulesThatCantBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{})
		var hint *feed.Hint
		if err := p.SetRule(t.Context(), feed.Scope{}, feed.Rule{Fold: "half"}); !errors.As(err, &hint) {
			t.Errorf("a folding that there isn't: %v", err)
		}
		if err := p.SetRule(t.Context(), feed.Scope{}, feed.Rule{Events: "maybe"}); !errors.As(err, &hint) {
			t.Errorf("events that there aren't: %v", err)
		}
		if err := p.SetRule(t.Context(), feed.Scope{Feed: 7}, feed.Rule{Fold: feed.FoldOff}); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("a feed that there isn't: %v", err)
		}
		if err := p.SetRule(t.Context(), feed.Scope{Feed: 7, Folder: "x"}, feed.Rule{Fold: feed.FoldOff}); err == nil {
			t.Error("a feed and a folder at once")
		}
		stop()
	})
}

func TestAFeedsRuleGoesWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{})
		id := wish(t, p, "https://a.example/feed")[0].Subscription.ID
		if err := p.SetRule(t.Context(), feed.Scope{Feed: id}, feed.Rule{Fold: feed.FoldOff}); err != nil {
			t.Fatal(err)
		}
		settings, err := s.Settings(t.Context(), "fold")
		if r := feed.Rules(settings); err != nil || r.Feeds[id].Fold != feed.FoldOff {
			t.Fatalf("%+v, %v", r, err)
		}
		if err := p.Remove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if settings, _ = s.Settings(t.Context(), "fold"); len(settings) != 1 {
			t.Errorf("%q, although the feed can come back", settings)
		}
		time.Sleep(feed.UndoFor + expireEvery)
		if settings, _ = s.Settings(t.Context(), "fold"); len(settings) > 0 {
			t.Errorf("left behind: %q", settings)
		}
		stop()
	})
}
