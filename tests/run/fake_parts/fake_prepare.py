print("fake preparation done")
