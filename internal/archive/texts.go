package archive

import (
	"time"

	"tidings/internal/feed"
)

// earlier is an entry as it was before its last revision.
type earlier struct {
	Title text      `json:"title,omitempty"`
	Until time.Time `json:"until,omitzero"`
	Body  body      `json:"body,omitzero"`
}

func newEarlier(v *feed.Version) *earlier {
	if v == nil {
		return nil
	}
	return &earlier{text(v.Title), at(v.Until), newBody(&v.Body)}
}

func (l *earlier) version(c clean) *feed.Version {
	if l == nil {
		return nil
	}
	return &feed.Version{Title: string(l.Title), Until: at(l.Until), Body: l.Body.body(c)}
}

// page is what is kept of the page of an entry.
type page struct {
	URL          text      `json:"url,omitempty"`
	Fetched      time.Time `json:"fetched,omitzero"`
	Revised      time.Time `json:"revised,omitzero"`
	Title        text      `json:"title,omitempty"`
	Text         text      `json:"text,omitempty"`
	Words        int       `json:"words,omitempty"`
	Part         bool      `json:"part,omitempty"`
	ETag         text      `json:"etag,omitempty"`
	LastModified text      `json:"last_modified,omitempty"`
	Failure      text      `json:"failure,omitempty"`
	Status       int       `json:"status,omitempty"`
	Error        text      `json:"error,omitempty"`
	Tries        int       `json:"tries,omitempty"`
	Again        time.Time `json:"again,omitzero"`
}

func newPage(f *feed.FullText) *page {
	if f == nil {
		return nil
	}
	return &page{
		URL: text(f.URL), Fetched: at(f.Fetched), Revised: at(f.Revised), Title: text(f.Title), Text: text(f.Text), Words: f.Words, Part: f.Part,
		ETag: text(f.ETag), LastModified: text(f.LastModified),
		Failure: text(f.Failure), Status: f.Status, Error: text(f.Error), Tries: f.Tries, Again: at(f.Again),
	}
}

func (l *page) fullText(entry number, c clean) *feed.FullText {
	if l == nil {
		return nil
	}
	return &feed.FullText{
		Entry: uint64(entry), URL: web(l.URL), Fetched: at(l.Fetched), Revised: at(l.Revised), Title: string(l.Title), Text: c(string(l.Text)),
		Words: l.Words, Part: l.Part, ETag: string(l.ETag), LastModified: string(l.LastModified),
		Failure: feed.TextFailure(l.Failure), Status: l.Status, Error: string(l.Error), Tries: l.Tries, Again: at(l.Again),
	}
}
