package opml

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smithed is a feed as feedsmith reads it.
type smithed struct {
	URL, Type, Text, Title, Folder, SiteURL, Description, Language, Category string
}

// What npm's feedsmith reads of a list of ours is what was written. TIDINGS_FEEDSMITH
// is a node_modules directory that has it.
func TestFeedsmithReadsOurList(t *testing.T) {
	modules := os.Getenv("TIDINGS_FEEDSMITH")
	if modules == "" {
		if os.Getenv("TIDINGS_REQUIRE_FEEDSMITH") != "" {
			t.Fatal("feedsmith is missing")
		}
		t.Skip("TIDINGS_FEEDSMITH names no node_modules directory")
	}
	out, err := exec.Command("node", "testdata/feedsmith.mjs", modules, "testdata/write.golden").Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Title, Created string
		Feeds          []smithed
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("testdata/write.golden")
	if err != nil {
		t.Fatal(err)
	}
	l := read(t, string(golden), Limits{})
	var want []smithed
	for _, o := range l.Feeds {
		want = append(want, smithed{URL: o.URL, Type: "rss", Text: o.Title, Title: o.Title, Folder: o.Folder, SiteURL: o.SiteURL, Description: o.Description,
			Language: o.Language, Category: strings.Join(o.Tags, ",")})
	}
	if d := cmp.Diff(want, got.Feeds); d != "" || got.Title != l.Title || got.Created != noon.UTC().Format(rfc822) {
		t.Errorf("title %q, created %q (-want +got):\n%s", got.Title, got.Created, d)
	}
}
