package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"

	"tidings/internal/control"
	"tidings/internal/feed"
	"tidings/internal/sanitize"
)

func textCommand() command {
	return command{
		name: "text", args: "STORY|URL", short: "fetch the full text of a story from its page, and print it",
		long: "The text of the page is kept beside that of the feed, for the reader to choose. It is\n" +
			"fetched under the same rules as feeds, and not twice within five minutes. Of a story with\n" +
			"several sources the address of one names that source; else it is the first that is shown.",
		example: "tidings text 12\ntidings text https://example.org/2026/reeds",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, networkFlags(f))
			asJSON := f.Bool("json", false, "print a JSON object")
			return s.run(1, 1, "a story, by its number or the address of a source", func(ctx context.Context, c *control.Client, args []string) error {
				story, err := e.story(ctx, c, args[0])
				if err != nil {
					return err
				}
				t, err := c.FullText(ctx, story.meant())
				if err != nil {
					return err
				}
				return e.text(t, *asJSON)
			})
		},
	}
}

// meant is the entry that the name of a story names, else its lead.
func (s namedStory) meant() uint64 {
	if len(s.entries) == 1 {
		return s.entry().Entry.ID
	}
	return s.Lead
}

// text prints a full text; that there is none is an error.
func (e *env) text(t feed.FullText, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(e.stdout).Encode(t)
	}
	if t.Failure != feed.TextFine {
		return feed.WithHint(fmt.Errorf("fetch the full text: %w", errors.New(t.Error)), "open the page in a browser; what the feed has stays as it is")
	}
	if t.Title != "" {
		fmt.Fprintf(e.stdout, "%s\n%s\n\n", t.Title, masked(t.URL))
	}
	fmt.Fprintln(e.stdout, sanitize.Text(t.Text))
	if t.Part {
		fmt.Fprintln(e.stderr, "The page says that it is for subscribers: this may be its beginning only.")
	}
	return nil
}
