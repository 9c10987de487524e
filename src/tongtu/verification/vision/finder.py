"""Finds faces and describes each by 128 numbers (dlib). Only the worker imports this.

Of the weights two files are used: the five points and the ResNet. The file with 68 points was
trained on pictures whose licence excludes commercial use.
"""

from __future__ import annotations

import warnings

import cv2
import dlib

from tongtu.verification.vision.picture import decoded
from tongtu.verification.vision.protocol import FACES_MAX, Shape

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it finds its files by pkg_resources
    import face_recognition_models as weights

SIDE_FOUND = 640
# Of faces seen here the least sure had .42, of what is none the surest .07.
SCORE_MIN = 0.1
# Twice as large once more, where no face is large enough to be seen.
UPSAMPLED = 1


class Finder:
    """The three models of a face, loaded once."""

    def __init__(self) -> None:
        self._detector = dlib.get_frontal_face_detector()
        self._points = dlib.shape_predictor(weights.pose_predictor_five_point_model_location())
        self._net = dlib.face_recognition_model_v1(weights.face_recognition_model_location())

    def find(self, content: bytes) -> tuple[Shape, ...]:
        """Return the faces of a picture, the largest first, eight at most."""
        pixels = cv2.cvtColor(decoded(content, SIDE_FOUND), cv2.COLOR_BGR2RGB)
        boxes = self._boxes(pixels, 0) or self._boxes(pixels, UPSAMPLED)
        ordered = sorted(boxes, key=lambda box: box.area(), reverse=True)
        return tuple(self._shape(pixels, box) for box in ordered[:FACES_MAX])

    def _boxes(self, pixels: object, upsampled: int) -> list[dlib.rectangle]:
        """Return the surest places of faces: a pattern of a cloth is told from a face by that."""
        found = self._detector.run(pixels, upsampled, SCORE_MIN)
        return list(found[0])

    def _shape(self, pixels: object, box: dlib.rectangle) -> Shape:
        points = self._points(pixels, box)
        numbers = self._net.compute_face_descriptor(pixels, points)
        return Shape(
            (box.left(), box.top(), box.right(), box.bottom()),
            tuple((point.x, point.y) for point in points.parts()),
            tuple(float(one) for one in numbers),
        )
