/** What a file dialog offers for a portrait; the server decides by what is in the file. */
export const ACCEPTED_PICTURES = 'image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif';
