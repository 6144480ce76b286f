package boltstore

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

func TestLeasesSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	one := feed.PushLease{Feed: 1, Hub: "https://hub.example/", Topic: "https://quay.example/feed", Callback: "https://news.example/websub/A", Secret: "s",
		Lease: time.Hour, Until: at.Add(time.Hour), Asked: at, Next: at.Add(time.Minute), Failures: 1, Missed: 2, Origin: "https://quay.example/atom"}
	two := feed.PushLease{Feed: 2, Hub: "https://hub.example/", Topic: "https://mole.example/feed", Callback: "https://news.example/websub/B", Ending: true, Cloud: "https-post"}
	if err := s.PutLeases(t.Context(), one, two); err != nil {
		t.Fatal(err)
	}
	two.Failures = 3
	if err := s.PutLeases(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	s = openHere(t, path, migrations())
	got, err := s.Leases(t.Context())
	if d := cmp.Diff([]feed.PushLease{one, two}, got); d != "" || err != nil {
		t.Errorf("(-want +got):\n%s%v", d, err)
	}
	if err := s.DropLeases(t.Context(), one.Callback, "https://news.example/websub/none"); err != nil {
		t.Fatal(err)
	}
	if got, _ = s.Leases(t.Context()); len(got) != 1 || got[0].Callback != two.Callback {
		t.Errorf("left %+v", got)
	}
}

func TestHubsAreThoseOfFeedsThatArePolled(t *testing.T) {
	s := openHere(t, filepath.Join(t.TempDir(), "news.db"), migrations())
	now := time.Now()
	var ws []feed.Wish
	for _, n := range []string{"quay", "mole", "pier", "dock", "buoy", "crane", "lock"} {
		ws = append(ws, feed.Wish{URL: "https://" + n + ".example/feed", Canonical: n, Site: n + ".example", Paused: n == "pier"})
	}
	if _, err := s.Subscribe(t.Context(), ws, now); err != nil {
		t.Fatal(err)
	}
	hubs := []string{"https://hub.example/", "https://hub2.example/"}
	err := s.Commit(t.Context(), []feed.Harvest{
		{Feed: 1, State: feed.State{Hub: hubs[0], Hubs: hubs, Self: "https://quay.example/atom"}},
		{Feed: 2, State: feed.State{Hub: hubs[1]}}, // of before there was room for more
		{Feed: 3, State: feed.State{Hub: hubs[0]}},
		{Feed: 4, State: feed.State{Hub: hubs[0], Gone: true}},
		{Feed: 5, State: feed.State{}},
		{Feed: 6, State: feed.State{Cloud: "http://cloud.example/"}},
		{Feed: 7, State: feed.State{Cloud: "http://cloud.example/", Hub: hubs[0]}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Hubs(t.Context())
	want := []feed.Hubbed{
		{Feed: 1, URL: "https://quay.example/feed", Topic: "https://quay.example/atom", Hubs: hubs},
		{Feed: 2, URL: "https://mole.example/feed", Topic: "https://mole.example/feed", Hubs: hubs[1:]},
		{Feed: 6, URL: "https://crane.example/feed", Topic: "https://crane.example/feed", Hubs: []string{"http://cloud.example/"}, Cloud: true},
		{Feed: 7, URL: "https://lock.example/feed", Topic: "https://lock.example/feed", Hubs: hubs[:1]},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("(-want +got):\n%s%v", d, err)
	}
}

func TestCheckKnowsWrongLeases(t *testing.T) {
	for name, hurt := range map[string]func(b *bolt.Bucket) error{
		"unreadable":           func(b *bolt.Bucket) error { return b.Put([]byte("https://news.example/websub/A"), []byte{0xff}) },
		"of another":           func(b *bolt.Bucket) error { return b.Put([]byte("x"), b.Get([]byte("https://news.example/websub/A"))) },
		"without hub or topic": func(b *bolt.Bucket) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(filepath.Join(t.TempDir(), "news.db"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			l := feed.PushLease{Feed: 1, Hub: "https://hub.example/", Topic: "https://quay.example/feed", Callback: "https://news.example/websub/A"}
			if name == "without hub or topic" {
				l.Topic = ""
			}
			if err := s.PutLeases(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			damage(t, s, func(b func(table) *bolt.Bucket) error { return hurt(b(tLease)) })
			if len(problems(t, s)) == 0 {
				t.Error("check sees nothing wrong")
			}
		})
	}
}
