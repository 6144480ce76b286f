package publish

import (
	"encoding/json"
	"html"
	"io"
	"time"

	"github.com/gorilla/feeds"

	"tidings/internal/feed"
)

// jsonFeed is a JSON Feed of version 1.1.
type jsonFeed struct {
	feeds.JSONFeed
	Items []jsonItem `json:"items"` // demanded, even where there are none
}

// jsonItem is an item. Other sources have no place in the vocabulary, and stand in
// an extension (§ Extensions).
type jsonItem struct {
	feeds.JSONItem
	ContentText *string          `json:"content_text,omitempty"` // one of the contents is demanded, be it empty
	Language    string           `json:"language,omitempty"`
	Attachments []jsonAttachment `json:"attachments,omitempty"`
	Tidings     *jsonExtension   `json:"_tidings,omitempty"`
}

// jsonAttachment is an attachment whose size may have more than 31 bits.
type jsonAttachment struct {
	URL   string `json:"url"`
	Type  string `json:"mime_type"`
	Bytes int64  `json:"size_in_bytes,omitempty"`
}

// jsonExtension tells of the story what the format has no words for.
type jsonExtension struct {
	About   string       `json:"about"`
	Source  *jsonSource  `json:"source,omitempty"` // the feed that the item comes from
	Sources []jsonSource `json:"also_in,omitempty"`
}

type jsonSource struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"` // of its copy
	URL   string `json:"url,omitempty"`   // of its copy; of Source: of its site
	Feed  string `json:"feed_url,omitempty"`
}

func writeJSON(w io.Writer, f Feed, stories []feed.Headline) error {
	d := jsonFeed{Items: make([]jsonItem, len(stories))}
	d.Version = "https://jsonfeed.org/version/1.1"
	d.Title, d.Description = f.title(), line(f.Subtitle)
	d.HomePageUrl, d.FeedUrl, d.NextUrl = address(f.Home), address(f.Self), address(f.Next)
	if f.Archive {
		d.NextUrl = address(f.PrevArchive)
	}
	if a := address(f.Hub); a != "" {
		d.Hubs = []*feeds.JSONHub{{Type: "WebSub", Url: a}}
	}
	for i := range stories {
		d.Items[i] = newJSONItem(newItem(f, &stories[i]))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(d)
}

func newJSONItem(it item) jsonItem {
	x := jsonItem{Language: it.Lang}
	x.Id, x.Url, x.Title, x.Tags, x.Image = it.ID, it.Link, it.Title, it.Categories, it.Image
	x.Summary = it.Excerpt
	x.PublishedDate, x.ModifiedDate = instant(it.Published), instant(it.Updated)
	if x.ContentHTML = firstOf(it.Content, it.Summary); x.ContentHTML == "" {
		x.ContentText = &it.Excerpt
	}
	for _, p := range it.Authors {
		x.Authors = append(x.Authors, &feeds.JSONAuthor{Name: p.Name, Url: p.URI})
	}
	for _, e := range it.Enclosures {
		x.Attachments = append(x.Attachments, jsonAttachment{e.URL, firstOf(e.Type, octets), e.Length})
	}
	x.Tidings = newExtension(it)
	return x
}

func newExtension(it item) *jsonExtension {
	x := &jsonExtension{About: "https://datatracker.ietf.org/doc/html/rfc4287#section-4.2.11"}
	if s := it.Source; s != nil {
		x.Source = &jsonSource{Name: s.Title, URL: s.Site, Feed: s.Feed}
	}
	for _, o := range it.Others {
		s := jsonSource{Name: o.Name, URL: o.URL}
		if o.Title != it.Title {
			s.Title = o.Title
		}
		x.Sources = append(x.Sources, s)
	}
	if x.Source == nil && x.Sources == nil {
		return nil
	}
	return x
}

func instant(t time.Time) *time.Time { return &t }

// escapeHTML is plain text as HTML.
func escapeHTML(s string) string { return html.EscapeString(s) }
