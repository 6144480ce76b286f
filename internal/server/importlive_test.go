package server

import (
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// The report of an import tells of the first polls while one looks, and leaves the rest
// of the page as it is.
func TestBrowserImportReportFillsIn(t *testing.T) {
	w := newWorld(t, 3, nil)
	w.poller.set(feed.Progress{Running: true, First: true, Total: 2})
	b := browse(t, w)
	b.open("/feeds")
	js[bool](b, `(() => {
		const data = new DataTransfer();
		data.items.add(new File(["<opml version='2.0'><body><outline xmlUrl='https://one.example/f' text='One'/><outline xmlUrl='https://two.example/f' text='Two'/></body></opml>"], "d.opml"));
		return document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
	})()`)
	const rows = `[...document.querySelectorAll("#report tbody > tr")].map((r) => r.lastElementChild.textContent.trim())`
	b.until(`document.readyState === "complete" && ` + rows + `.join() === "Added: waiting for its first poll,Added: waiting for its first poll"`)
	js[bool](b, `(document.querySelector("#report tbody > tr").dataset.same = "yes", true)`)
	for _, f := range w.following(t) {
		if strings.HasPrefix(f.Subscription.URL, "https://one.example/") {
			state := feed.State{Feed: f.Subscription.ID, Title: "One", Polled: time.Now(), Answered: time.Now(), Due: time.Now().Add(time.Hour)}
			if err := w.store.Commit(t.Context(), []feed.Harvest{{Feed: f.Subscription.ID, State: state}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	story := invented(0, time.Now().Add(time.Minute)) // whatever comes, the page hears of it
	story.ID = 2000
	w.store.tell(t, story)
	b.until(rows + `.filter((r) => r === "Added: waiting for its first poll").length === 1`)
	if !js[bool](b, `document.querySelector("#report tbody > tr").dataset.same === "yes"`) {
		t.Error("the report was put in anew, and whoever stood in it lost the place")
	}
}
