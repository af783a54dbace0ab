"""A face detector: MediaPipe's BlazeFace, run by numpy. Only ingest needs it."""
