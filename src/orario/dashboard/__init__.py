"""The dashboard: pages rendered here, alive by server-sent events, readable without either.

A page is one small module in `pages/` and one template:

    pages = Pages()

    @pages.get("/queues", link=Link("Queues", "queues", 30))
    def queues(view: View) -> Response:
        return view.render("queues.html", queues=view.services.cluster.queues())

`docs/how-it-works/dashboard.md` says the rest: actions, dialogs, regions that live, charts, parts of pages.
"""
