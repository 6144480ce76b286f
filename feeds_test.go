package tidings_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"tidings"
	"tidings/internal/opml"
)

// TestFeedsOPML holds what the list of a first run promises.
func TestFeedsOPML(t *testing.T) {
	list, err := opml.Read(bytes.NewReader(tidings.FeedsOPML), opml.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Problems) > 0 || list.Title == "" {
		t.Errorf("title %q, problems %v", list.Title, list.Problems)
	}
	if n := len(list.Feeds); n < 35 || n > 45 {
		t.Errorf("%d feeds", n)
	}
	seen, folders := map[string]bool{}, map[string]int{}
	for _, f := range list.Feeds {
		checkAddress(t, f.URL)
		checkAddress(t, f.SiteURL)
		key := strings.TrimSuffix(strings.ToLower(f.URL), "/")
		if seen[key] || seen[f.Title] {
			t.Errorf("line %d: %s (%s) is there twice", f.Line, f.Title, f.URL)
		}
		seen[key], seen[f.Title] = true, true
		if !f.Named || f.Folder == "" || f.Language == "" {
			t.Errorf("line %d: %+v lacks something", f.Line, f)
		}
		folders[f.Folder]++
	}
	if len(folders) < 4 {
		t.Errorf("folders %v", folders)
	}
	if n := strings.Count(string(tidings.FeedsOPML), `type="rss"`); n != len(list.Feeds) {
		t.Errorf("%d outlines of type rss, %d feeds", n, len(list.Feeds))
	}
}

// checkAddress demands an https address in its canonical form.
func checkAddress(t *testing.T, s string) {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path == "" || u.String() != s || u.Host != strings.ToLower(u.Host) ||
		u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Port() != "" {
		t.Errorf("address %q", s)
	}
}
