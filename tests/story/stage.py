#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stage for browser.mjs: a hub with its page; and, once the first administrator was made in
the browser (a line on standard input), people without passkeys and a sensor that has reported.
Ends with its input.  With --show for people who want to look around (make hub-demo): all of it is
made at once, and goes when they interrupt it.  usage: stage.py SEKISHO PAGE [--show]"""

import json
import signal
import sys

import story
from hub import PASSWORD, Person

PEOPLE = {"aiko": "exercise-operator", "emi": "exercise-operator", "kei": "exercise-controller",
          "mio": "exercise-controller", "ren": "exercise-controller", "jun": "exercise-controller"}  # fmt: skip


def tell(**words):
    print(json.dumps(words), flush=True)


def show(stage):
    print(f"hub-demo: open  {stage.hub.origin}\n"
          f"hub-demo: as    admin, aiko, emi (operators), kei, mio, ren, jun (controllers)\n"
          f"hub-demo: with  {PASSWORD}\n"
          "hub-demo: all of it goes when you press Control-C", flush=True)  # fmt: skip
    try:
        signal.pause()
    except KeyboardInterrupt:
        pass
    return 0


def main():
    is_show = sys.argv[3:] == ["--show"]
    stage = story.Story("--web", sys.argv[2])
    try:
        stage.hub.start()
        if is_show:
            stage.admin = stage.hub.first()
        else:
            tell(origin=stage.hub.origin, link=stage.hub.link)
            if not sys.stdin.readline():
                return 1
            stage.admin = Person(stage.hub).sign_in("admin")
        made = stage.admin.post("/organisations", {"name": {"en": "Carrier of cable 7", "ja": "第七ケーブルの事業者"},
                                                   "kind": "carrier"})  # fmt: skip
        stage.carrier = story.good(made, 201)["id"]
        people = {name: stage.hub.person(stage.admin, name, [(role, None)]) for name, role in PEOPLE.items()}
        stage.aiko = people["aiko"]
        story.the_sensor_is_known_by_its_certificate(stage)
        story.the_sensor_sees_a_botnet_in_simulated_traffic(stage)
        story.what_it_kept_and_found_stands_at_the_hub(stage)
        if is_show:
            return show(stage)
        tell(finding=stage.finding["id"], server=stage.server, rule=story.selector("heron", 'server in list "night-heron"'))
        sys.stdin.read()
        return 0
    finally:
        stage.end()


sys.exit(main())
