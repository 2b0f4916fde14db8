/** What is told of documents in an index that can not go with its images. */
export function documentsLeft(count: number): string {
  return `documents about the images stay behind (${count}): the images are compressed anew, and have other digests; tare copy moves an image as it is`;
}
