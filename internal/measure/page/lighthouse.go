package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// lighthouseVersion is that of npm's package.
const lighthouseVersion = "12"

// audit has Lighthouse look at a page as on a desk and as on a phone, and prints its
// scores, and what costs points.
func audit(ctx context.Context, name, address string) error {
	npx, err := exec.LookPath("npx")
	if err != nil {
		fmt.Println("Lighthouse was not run: there is no npx")
		return nil
	}
	for _, profile := range []string{"desktop", "mobile"} {
		r, err := lighthouse(ctx, npx, address, profile)
		if err != nil {
			return err
		}
		fmt.Print(r.text(name, profile))
	}
	return nil
}

func lighthouse(ctx context.Context, npx, address, profile string) (r report, err error) {
	args := []string{"--yes", "lighthouse@" + lighthouseVersion, address, "--quiet", "--output=json", "--output-path=stdout",
		"--only-categories=performance,accessibility,best-practices", "--chrome-flags=--headless=new --no-sandbox --disable-gpu"}
	if profile == "desktop" {
		args = append(args, "--preset=desktop")
	}
	c := exec.CommandContext(ctx, npx, args...)
	c.Stderr, c.Env = os.Stderr, os.Environ()
	if path, err := exec.LookPath("chromium"); err == nil && os.Getenv("CHROME_PATH") == "" {
		c.Env = append(c.Env, "CHROME_PATH="+path)
	}
	out, err := c.Output()
	if err != nil {
		return r, fmt.Errorf("run Lighthouse: %w", err)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, fmt.Errorf("read Lighthouse's report: %w", err)
	}
	return r, nil
}

// report is what we read of Lighthouse's.
type report struct {
	Categories map[string]struct {
		Score float64
		Refs  []struct {
			ID     string
			Weight float64
		} `json:"auditRefs"`
	}
	Audits map[string]struct {
		Title        string
		Score        *float64
		DisplayValue string
	}
}

// text is a line of scores, and one for each audit that lacks points.
func (r report) text(name, profile string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s:", name, profile)
	categories := slices.Sorted(maps.Keys(r.Categories))
	for _, c := range categories {
		fmt.Fprintf(&b, " %s %.0f", c, 100*r.Categories[c].Score)
	}
	b.WriteByte('\n')
	for _, c := range categories {
		for _, ref := range r.Categories[c].Refs {
			if a := r.Audits[ref.ID]; ref.Weight > 0 && a.Score != nil && *a.Score < 1 {
				fmt.Fprintf(&b, "\t%s: %s (%.2f) %s\n", c, a.Title, *a.Score, a.DisplayValue)
			}
		}
	}
	return b.String()
}
