// Reads feeds with feedsmith and prints what it found, for feedsmith_test.go.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, ...files] = process.argv.slice(2)
const { parseFeed } = await import(pathToFileURL(path.join(modules, 'feedsmith/dist/index.mjs')))

const time = (s) => (s ? new Date(s).toISOString().replace('.000Z', 'Z') : '')
const linked = (links, rel) => (links ?? []).filter((l) => l.rel === rel)
const href = (links, rel) => linked(links, rel)[0]?.href ?? ''
const related = (links) => linked(links, 'related').map((l) => [l.href, l.title ?? ''])

const readers = {
  atom: (d) => ({
    title: d.title.value, subtitle: d.subtitle.value, self: href(d.links, 'self'), home: href(d.links, 'alternate'), id: d.id, updated: time(d.updated),
    entries: d.entries.map((e) => ({
      id: e.id, title: e.title.value, link: href(e.links, 'alternate'), published: time(e.published), updated: time(e.updated),
      authors: e.authors.map((a) => [a.name, a.uri ?? '', a.email ?? '']), categories: (e.categories ?? []).map((c) => [c.term, c.scheme ?? '', c.label]),
      content: e.content?.value ?? '', summary: e.summary?.value ?? '', related: related(e.links), via: href(e.links, 'via'), language: e.xml?.lang ?? '',
      enclosures: linked(e.links, 'enclosure').map((l) => [l.href, l.type ?? '', String(l.length ?? 0)]),
      source: e.source ? [e.source.id, e.source.title.value, href(e.source.links, 'self'), href(e.source.links, 'alternate'), time(e.source.updated)] : [],
    })),
  }),
  rss: (d) => ({
    title: d.title, subtitle: d.description, self: href(d.atom.links, 'self'), home: d.link, updated: time(d.lastBuildDate),
    entries: d.items.map((i) => ({
      id: i.guid.value, permalink: i.guid.isPermaLink, title: i.title, link: i.link ?? '', published: time(i.pubDate), updated: time(i.atom.updated),
      authors: i.dc.creators.map((name) => [name]), categories: (i.categories ?? []).map((c) => [c.name, c.domain ?? '']),
      content: i.content?.encoded ?? '', summary: i.description ?? '', related: related(i.atom.links), language: i.dc.languages?.[0] ?? '',
      enclosures: (i.enclosures ?? []).map((x) => [x.url, x.type, String(x.length)]), source: i.source ? [i.source.url, i.source.title] : [],
    })),
  }),
  json: (d) => ({
    title: d.title, subtitle: d.description, self: d.feed_url, home: d.home_page_url,
    entries: d.items.map((i) => ({
      id: i.id, title: i.title, link: i.url ?? '', published: time(i.date_published), updated: time(i.date_modified),
      authors: i.authors.map((a) => [a.name, a.url ?? '']), categories: (i.tags ?? []).map((t) => [t]), content: i.content_html ?? '',
      summary: i.summary ?? '', language: i.language ?? '', enclosures: (i.attachments ?? []).map((x) => [x.url, x.mime_type, String(x.size_in_bytes ?? 0)]),
    })),
  }),
}

for (const file of files) {
  const { format, feed } = parseFeed(fs.readFileSync(file, 'utf8'))
  console.log(JSON.stringify({ file: path.extname(file).slice(1), format, ...readers[format](feed) }))
}
