package boltstore

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

func TestSubscribersSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 7e6, time.UTC)
	one := feed.Subscriber{Topic: "https://us.example/feed.atom", Callback: "https://them.example/1", Secret: "s", Since: now,
		Until: now.Add(time.Hour), Sent: [32]byte{1, 2}, Failing: now}
	two, three := one, one
	two.Callback, three.Topic = "https://them.example/2", "https://us.example/feed.json"
	if err := s.PutSubscribers(t.Context(), one, two, three); err != nil {
		t.Fatal(err)
	}
	two.Secret, two.Failing = "", time.Time{}
	if err := s.PutSubscribers(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.DropSubscriber(t.Context(), three.Topic, three.Callback); err != nil {
			t.Fatal(err)
		}
	}
	shut(t, s)
	s = openHere(t, path, migrations())
	all, err := s.Subscribers(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%d subscribers, %v; want 2", len(all), err)
	}
	want := map[string]feed.Subscriber{one.Callback: one, two.Callback: two}
	for _, sub := range all {
		if d := cmp.Diff(want[sub.Callback], sub); d != "" {
			t.Errorf("%s (-want +got):\n%s", sub.Callback, d)
		}
	}
}

func TestCheckKnowsSubscribers(t *testing.T) {
	for what, hurt := range map[string]func(b *bolt.Bucket) error{
		"can't be read":  func(b *bolt.Bucket) error { k, _ := b.Cursor().First(); return b.Put(k, []byte{0xff}) },
		"is that of ano": func(b *bolt.Bucket) error { _, v := b.Cursor().First(); return b.Put([]byte("x"), v) },
	} {
		t.Run(what, func(t *testing.T) {
			s, err := Open(filepath.Join(t.TempDir(), "news.db"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			sub := feed.Subscriber{Topic: "t", Callback: "c", Until: time.Unix(1, 0)}
			if err := s.PutSubscribers(t.Context(), sub); err != nil {
				t.Fatal(err)
			}
			damage(t, s, func(b func(table) *bolt.Bucket) error { return hurt(b(tSubscriber)) })
			if found := problems(t, s); len(found) != 1 || !strings.Contains(found[0], what) {
				t.Errorf("found %q, want one that says %q", found, what)
			}
		})
	}
}
