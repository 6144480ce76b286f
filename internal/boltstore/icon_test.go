package boltstore

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

// Icons are kept by their content: sources share them, and they go when no source has them.
func TestIcons(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, due := t.Context(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	long := "https://long.example https://long.example/" + strings.Repeat("a", 600)
	for source, icon := range map[string]string{"https://a.example": "hen", "https://b.example": "hen", "https://c.example": "cock", "https://none.example": "", long: "egg"} {
		var png []byte
		if icon != "" {
			png = []byte(icon)
		}
		if err := s.PutIcon(ctx, source, png, due); err != nil {
			t.Fatal(err)
		}
	}
	look := func(source string) string {
		t.Helper()
		hash, err := s.IconOf(ctx, source)
		if err != nil {
			t.Fatal(err)
		}
		if hash == "" {
			return ""
		}
		png, err := s.Icon(ctx, hash)
		if err != nil {
			t.Fatal(err)
		}
		return string(png)
	}
	for run := range 2 {
		got := []string{look("https://a.example"), look("https://b.example"), look("https://c.example"), look("https://none.example"), look("https://never.example"), look(long)}
		if d := cmp.Diff([]string{"hen", "hen", "cock", "", "", "egg"}, got); d != "" {
			t.Errorf("icons (-want +got):\n%s", d)
		}
		known, err := s.Icons(ctx)
		if err != nil || len(known) != 5 || !known["https://none.example"].Due.Equal(due) || known["https://none.example"].Hash != "" {
			t.Errorf("known are %v, %v", known, err)
		}
		if run == 0 {
			shut(t, s)
			s = openHere(t, path, migrations())
		}
	}
	hen, _ := s.IconOf(ctx, "https://b.example")
	cock, _ := s.IconOf(ctx, "https://c.example")
	if err := s.ForgetIcons(ctx, map[string]bool{"https://b.example": true, "https://never.example": true, long: true}); err != nil {
		t.Fatal(err)
	}
	if look("https://a.example") != "" || look("https://b.example") != "hen" || look(long) != "egg" {
		t.Error("the wrong icons were forgotten")
	}
	if _, err := s.Icon(ctx, hen); err != nil {
		t.Errorf("an icon that is shared is gone: %v", err)
	}
	for _, hash := range []string{cock, "", "x", "../../etc/passwd", strings.Repeat("0", 32)} {
		if _, err := s.Icon(ctx, hash); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("icon %q: %v", hash, err)
		}
	}
	if found := problems(t, s); len(found) != 0 {
		t.Errorf("check finds %q", found)
	}
}
