package publish

import (
	"testing"

	"tidings/internal/feed"
)

// Where the whole text of an entry is always fetched from its page, documents with the
// texts in full have that; summaries stay the publisher's.
func TestTheFullTextStandsForATeaser(t *testing.T) {
	h := &feed.Headline{Entry: feed.Entry{Title: "t", URL: "https://a.example/1"}, Body: &feed.Body{Content: "<p>teaser</p>", Summary: "short", Full: "<p>all of it</p>"}}
	if content, _ := bodies(Feed{Content: Full}, h); content != "<p>all of it</p>" {
		t.Errorf("content %q", content)
	}
	if content, short := bodies(Feed{Content: Summary}, h); content != "" || short != "short" {
		t.Errorf("a summary: %q, %q", content, short)
	}
	h.Body.Full = ""
	if content, _ := bodies(Feed{Content: Full}, h); content != "<p>teaser</p>" {
		t.Errorf("content without a full text %q", content)
	}
}
