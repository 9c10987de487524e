/** Pictures from a camera or a file, as they may leave this device. */
/** A page of a statement stays readable, and is a tenth of what a camera makes of it. */
const SIDE_MAX = 2_400;
const QUALITY = 0.85;
const FRAME_MAX = 960;

/** Pictures are drawn anew: smaller, and without the place and time that a camera writes into them. */
export async function prepared(file: File): Promise<Blob> {
  if (!file.type.startsWith("image/")) return file;
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  if (!context) return file;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", QUALITY));
}

/** What the camera sees now, as base64 of JPEG. */
export function frameOf(video: HTMLVideoElement): string {
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, FRAME_MAX / Math.max(video.videoWidth, video.videoHeight, 1));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1] ?? "";
}
